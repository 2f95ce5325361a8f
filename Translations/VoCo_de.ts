<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
  <context>
    <name>VoCoPretrain</name>
    <message>
      <source>VoCo Pretrain</source>
      <translation>VoCo Pretrain</translation>
    </message>
    <message>
      <source>Pre-trains VoCo networks on your own unlabelled CT and fine-tunes them, in the background; training goes on when Slicer is closed. See the &lt;a href="{url}"&gt;documentation&lt;/a&gt;.</source>
      <translation>Trainiert VoCo-Netze auf Ihren eigenen CT ohne Label vor und passt sie an Aufgaben an, im Hintergrund; das Training läuft weiter, wenn Slicer geschlossen wird. Siehe die &lt;a href="{url}"&gt;Dokumentation&lt;/a&gt;.</translation>
    </message>
    <message>
      <source>VoCo was published by Linshan Wu, Jiaxin Zhuang and Hao Chen: &lt;a href="{cvpr}"&gt;CVPR 2024&lt;/a&gt; and &lt;a href="{tpami}"&gt;arXiv 2410.09890&lt;/a&gt;. If you use it, please cite them.</source>
      <translation>VoCo wurde von Linshan Wu, Jiaxin Zhuang und Hao Chen veröffentlicht: &lt;a href="{cvpr}"&gt;CVPR 2024&lt;/a&gt; und &lt;a href="{tpami}"&gt;arXiv 2410.09890&lt;/a&gt;. Bitte zitieren Sie diese Arbeiten, wenn Sie VoCo nutzen.</translation>
    </message>
    <message>
      <source>Not installed: {names}.</source>
      <translation>Nicht installiert: {names}.</translation>
    </message>
    <message>
      <source>Press Start in the module VoCo Pretrain, which installs it.</source>
      <translation>Drücken Sie Start im Modul VoCo Pretrain; dann wird es installiert.</translation>
    </message>
    <message>
      <source>New run</source>
      <translation>Neuer Lauf</translation>
    </message>
    <message>
      <source>Training:</source>
      <translation>Training:</translation>
    </message>
    <message>
      <source>Pre-training teaches a network anatomy from CT alone; fine-tuning teaches it to segment.</source>
      <translation>Im Vortraining lernt ein Netz Anatomie aus CT allein; im Feintuning lernt es zu segmentieren.</translation>
    </message>
    <message>
      <source>Pre-training: CT alone</source>
      <translation>Vortraining: nur CT</translation>
    </message>
    <message>
      <source>Fine-tuning: CT with labels</source>
      <translation>Feintuning: CT mit Labeln</translation>
    </message>
    <message>
      <source>Data:</source>
      <translation>Daten:</translation>
    </message>
    <message>
      <source>Where the CT volumes are.</source>
      <translation>Wo die CT-Volumen liegen.</translation>
    </message>
    <message>
      <source>Folder of CT volumes</source>
      <translation>Ordner mit CT-Volumen</translation>
    </message>
    <message>
      <source>Dataset or list of files</source>
      <translation>Datensatz oder Liste von Dateien</translation>
    </message>
    <message>
      <source>Volumes in this scene</source>
      <translation>Volumen in dieser Szene</translation>
    </message>
    <message>
      <source>A folder with CT at any depth: .nii, .nii.gz, .nrrd, .mha, .mhd or DICOM. For fine-tuning with imagesTr and labelsTr.</source>
      <translation>Ein Ordner mit CT in beliebiger Tiefe: .nii, .nii.gz, .nrrd, .mha, .mhd oder DICOM. Für Feintuning mit imagesTr und labelsTr.</translation>
    </message>
    <message>
      <source>A dataset.json as of the Medical Segmentation Decathlon, or a text file with one path a line.</source>
      <translation>Eine dataset.json wie im Medical Segmentation Decathlon, oder eine Textdatei mit einem Pfad pro Zeile.</translation>
    </message>
    <message>
      <source>The ticked volumes are written to the folder of the runs, with their transforms; of a sequence, all frames. Segmentations made on a volume are its labels.</source>
      <translation>Die angehakten Volumen werden mit ihren Transformationen in den Ordner der Läufe geschrieben, von einer Sequenz alle Bilder. Segmentierungen, die auf einem Volumen erstellt wurden, sind seine Label.</translation>
    </message>
    <message>
      <source>Start from:</source>
      <translation>Ausgehen von:</translation>
    </message>
    <message>
      <source>A finished pre-training, or a model that is on this computer. Its network is taken, in a pre-training also its method and preset.</source>
      <translation>Ein beendetes Vortraining oder ein Modell, das auf diesem Computer ist. Sein Netz wird übernommen, bei einem Vortraining auch Methode und Voreinstellung.</translation>
    </message>
    <message>
      <source>Method:</source>
      <translation>Methode:</translation>
    </message>
    <message>
      <source>The version of VoCo.</source>
      <translation>Die Version von VoCo.</translation>
    </message>
    <message>
      <source>Preset:</source>
      <translation>Voreinstellung:</translation>
    </message>
    <message>
      <source>For which part of the body: voxel size, window of HU, and the grid of base crops.</source>
      <translation>Für welchen Teil des Körpers: Voxelgröße, HU-Fenster und Raster der Basisausschnitte.</translation>
    </message>
    <message>
      <source>Network:</source>
      <translation>Netz:</translation>
    </message>
    <message>
      <source>Larger networks learn more and take more memory and time. tiny is for small machines; B is the published one.</source>
      <translation>Größere Netze lernen mehr und brauchen mehr Speicher und Zeit. tiny ist für kleine Rechner; B ist das veröffentlichte.</translation>
    </message>
    <message>
      <source>Steps:</source>
      <translation>Schritte:</translation>
    </message>
    <message>
      <source>Steps of the optimiser in the whole run.</source>
      <translation>Schritte des Optimierers im ganzen Lauf.</translation>
    </message>
    <message>
      <source>Name:</source>
      <translation>Name:</translation>
    </message>
    <message>
      <source>The run gets a folder of this name.</source>
      <translation>Der Lauf erhält einen Ordner mit diesem Namen.</translation>
    </message>
    <message>
      <source>Folder of runs:</source>
      <translation>Ordner der Läufe:</translation>
    </message>
    <message>
      <source>Settings, checkpoints, curves and models of all runs are here.</source>
      <translation>Einstellungen, Checkpoints, Kurven und Modelle aller Läufe liegen hier.</translation>
    </message>
    <message>
      <source>Advanced</source>
      <translation>Erweitert</translation>
    </message>
    <message>
      <source>Device:</source>
      <translation>Gerät:</translation>
    </message>
    <message>
      <source>Automatic takes an NVIDIA graphics card if there is one. Runs on the same device wait for each other.</source>
      <translation>Automatisch nimmt eine NVIDIA-Grafikkarte, wenn es eine gibt. Läufe auf demselben Gerät warten aufeinander.</translation>
    </message>
    <message>
      <source>Batch:</source>
      <translation>Batch:</translation>
    </message>
    <message>
      <source>Volumes of a step; in pre-training they are compared with each other.</source>
      <translation>Volumen je Schritt; im Vortraining werden sie miteinander verglichen.</translation>
    </message>
    <message>
      <source>Query crops:</source>
      <translation>Frageausschnitte:</translation>
    </message>
    <message>
      <source>Random crops of each volume whose place the network learns to tell.</source>
      <translation>Zufällige Ausschnitte aus jedem Volumen, deren Ort das Netz zu bestimmen lernt.</translation>
    </message>
    <message>
      <source>Learning rate:</source>
      <translation>Lernrate:</translation>
    </message>
    <message>
      <source>The highest; it rises at the beginning and falls to zero at the end.</source>
      <translation>Die höchste; am Anfang steigt sie an, und bis zum Ende fällt sie auf null.</translation>
    </message>
    <message>
      <source> x 10^-4</source>
      <translation> x 10^-4</translation>
    </message>
    <message>
      <source>Precision:</source>
      <translation>Genauigkeit:</translation>
    </message>
    <message>
      <source>Automatic takes the fastest that this computer calculates natively.</source>
      <translation>Automatisch nimmt die schnellste, mit der dieser Rechner nativ rechnet.</translation>
    </message>
    <message>
      <source>Held back:</source>
      <translation>Zurückhalten:</translation>
    </message>
    <message>
      <source>Share of the volumes that is measured, not trained on.</source>
      <translation>Anteil der Volumen, an denen gemessen und nicht trainiert wird.</translation>
    </message>
    <message>
      <source> %</source>
      <translation> %</translation>
    </message>
    <message>
      <source>Seed:</source>
      <translation>Startwert:</translation>
    </message>
    <message>
      <source>Of everything that is random.</source>
      <translation>Von allem, was zufällig ist.</translation>
    </message>
    <message>
      <source>Checkpoint every:</source>
      <translation>Checkpoint alle:</translation>
    </message>
    <message>
      <source>Steps that are lost at most when the computer goes down.</source>
      <translation>So viele Schritte gehen höchstens verloren, wenn der Rechner ausfällt.</translation>
    </message>
    <message>
      <source> steps</source>
      <translation> Schritte</translation>
    </message>
    <message>
      <source>Measure every:</source>
      <translation>Messung alle:</translation>
    </message>
    <message>
      <source>How often the volumes held back are looked at.</source>
      <translation>Wie oft die zurückgehaltenen Volumen ausgewertet werden.</translation>
    </message>
    <message>
      <source>Prepared volumes:</source>
      <translation>Vorbereitete Volumen:</translation>
    </message>
    <message>
      <source>Disk space that prepared volumes may take, of all runs together.</source>
      <translation>Speicherplatz, den vorbereitete Volumen belegen dürfen, von allen Läufen zusammen.</translation>
    </message>
    <message>
      <source> GB</source>
      <translation> GB</translation>
    </message>
    <message>
      <source>Computes activations twice instead of keeping them; the result is the same. Pre-training of the larger networks does by itself, and on a graphics card where it has to.</source>
      <translation>Berechnet Aktivierungen zweimal, statt sie zu behalten; das Ergebnis ist dasselbe. Das Vortraining größerer Netze tut das von selbst, auf einer Grafikkarte, wenn es nötig ist.</translation>
    </message>
    <message>
      <source>Less memory, more time</source>
      <translation>Weniger Speicher, mehr Zeit</translation>
    </message>
    <message>
      <source>What the network will see: three slices of three volumes.</source>
      <translation>Was das Netz sehen wird: drei Schichten von drei Volumen.</translation>
    </message>
    <message>
      <source>Check data and estimate</source>
      <translation>Daten prüfen und Dauer schätzen</translation>
    </message>
    <message>
      <source>Reads all volumes and tries a few steps: what can be used, and how long it will take.</source>
      <translation>Liest alle Volumen und probiert einige Schritte: was verwendbar ist und wie lange es dauern wird.</translation>
    </message>
    <message>
      <source>Start</source>
      <translation>Start</translation>
    </message>
    <message>
      <source>Runs</source>
      <translation>Läufe</translation>
    </message>
    <message>
      <source>The runs in the folder of runs, the latest first; select one to see it below.</source>
      <translation>Die Läufe im Ordner der Läufe, die neuesten zuerst; wählen Sie einen, um ihn unten zu sehen.</translation>
    </message>
    <message>
      <source>Stop</source>
      <translation>Anhalten</translation>
    </message>
    <message>
      <source>Resume</source>
      <translation>Fortsetzen</translation>
    </message>
    <message>
      <source>Goes on from the last checkpoint.</source>
      <translation>Macht beim letzten Checkpoint weiter.</translation>
    </message>
    <message>
      <source>Show curve</source>
      <translation>Kurve zeigen</translation>
    </message>
    <message>
      <source>Crops of CTs that are not trained on, and below each the grid over its body: the brighter a cell, the more the crop looks like it. The ring is the true place, the dot the network's guess. Drawn anew at each measure.</source>
      <translation>Ausschnitte von CTs, mit denen nicht trainiert wird, und darunter jeweils das Gitter über dem Körper: je heller ein Feld, desto ähnlicher ist ihm der Ausschnitt. Der Ring ist der wahre Ort, der Punkt die Vermutung des Netzes. Wird bei jeder Messung neu gezeichnet.</translation>
    </message>
    <message>
      <source>Use in VoCo Segmentation</source>
      <translation>In VoCo Segmentation verwenden</translation>
    </message>
    <message>
      <source>Details</source>
      <translation>Details</translation>
    </message>
    <message>
      <source>What the plot shows.</source>
      <translation>Was das Diagramm zeigt.</translation>
    </message>
    <message>
      <source>Adds the average of the last steps.</source>
      <translation>Fügt den Mittelwert der letzten Schritte hinzu.</translation>
    </message>
    <message>
      <source>Smooth</source>
      <translation>Glätten</translation>
    </message>
    <message>
      <source>Logarithmic scale of the loss.</source>
      <translation>Logarithmische Skala für den Loss.</translation>
    </message>
    <message>
      <source>Log scale</source>
      <translation>Log. Skala</translation>
    </message>
    <message>
      <source>Open folder</source>
      <translation>Ordner öffnen</translation>
    </message>
    <message>
      <source>Shows the files of the run.</source>
      <translation>Zeigt die Dateien des Laufs.</translation>
    </message>
    <message>
      <source>Delete…</source>
      <translation>Löschen…</translation>
    </message>
    <message>
      <source>Deletes the files of the run.</source>
      <translation>Löscht die Dateien des Laufs.</translation>
    </message>
    <message>
      <source>Log</source>
      <translation>Protokoll</translation>
    </message>
    <message>
      <source>What the selected run says; the last lines.</source>
      <translation>Was der gewählte Lauf meldet; die letzten Zeilen.</translation>
    </message>
  </context>
  <context>
    <name>qSlicerAbstractCoreModule</name>
    <message>
      <source>Segmentation</source>
      <translation>Segmentierung</translation>
    </message>
  </context>
  <context>
    <name>VoCoPretrainLib.curveNodes</name>
    <message>
      <source>Loss</source>
      <translation>Loss</translation>
    </message>
    <message>
      <source>Learning rate</source>
      <translation>Lernrate</translation>
    </message>
    <message>
      <source>{title}, axis from {low:.2f} to {high:.2f}</source>
      <translation>{title}, Achse von {low:.2f} bis {high:.2f}</translation>
    </message>
    <message>
      <source>Step</source>
      <translation>Schritt</translation>
    </message>
    <message>
      <source>each step</source>
      <translation>jeder Schritt</translation>
    </message>
    <message>
      <source>average</source>
      <translation>Mittelwert</translation>
    </message>
    <message>
      <source>volumes held back</source>
      <translation>zurückgehaltene Volumen</translation>
    </message>
    <message>
      <source>this run</source>
      <translation>dieser Lauf</translation>
    </message>
    <message>
      <source>by guessing</source>
      <translation>durch Raten</translation>
    </message>
    <message>
      <source>before training</source>
      <translation>vor dem Training</translation>
    </message>
    <message>
      <source>Share of places found</source>
      <translation>Anteil gefundener Orte</translation>
    </message>
    <message>
      <source>Mean Dice</source>
      <translation>Mittlerer Dice</translation>
    </message>
  </context>
  <context>
    <name>VoCoPretrainLib.jobs</name>
    <message>
      <source>Volumes of the scene</source>
      <translation>Volumen der Szene</translation>
    </message>
    <message>
      <source>writing</source>
      <translation>Schreiben</translation>
    </message>
    <message>
      <source>{folder} cannot be written: {error}.</source>
      <translation>{folder} kann nicht geschrieben werden: {error}.</translation>
    </message>
    <message>
      <source>Check permissions and free space, or choose another folder of runs.</source>
      <translation>Prüfen Sie Zugriffsrechte und freien Speicherplatz, oder wählen Sie einen anderen Ordner für die Läufe.</translation>
    </message>
    <message>
      <source>{count} volumes written.</source>
      <translation>{count} Volumen geschrieben.</translation>
    </message>
    <message>
      <source>Left out: {reason}</source>
      <translation>Ausgelassen: {reason}</translation>
    </message>
    <message>
      <source>{name} is written without its nonlinear transform.</source>
      <translation>{name} wird ohne seine nichtlineare Transformation geschrieben.</translation>
    </message>
    <message>
      <source>Check of the data</source>
      <translation>Prüfung der Daten</translation>
    </message>
    <message>
      <source>None of the volumes can be used.</source>
      <translation>Keines der Volumen ist verwendbar.</translation>
    </message>
    <message>
      <source>Trial of a few steps</source>
      <translation>Probe mit wenigen Schritten</translation>
    </message>
  </context>
  <context>
    <name>VoCoPretrainLib.nrrd</name>
    <message>
      <source>{path} cannot be written: {error}.</source>
      <translation>{path} kann nicht geschrieben werden: {error}.</translation>
    </message>
    <message>
      <source>Check permissions and free space, or choose another folder of runs.</source>
      <translation>Prüfen Sie Zugriffsrechte und freien Speicherplatz, oder wählen Sie einen anderen Ordner für die Läufe.</translation>
    </message>
  </context>
  <context>
    <name>presenters.newRun</name>
    <message>
      <source>Trains in the background, also without Slicer.</source>
      <translation>Trainiert im Hintergrund, auch ohne Slicer.</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Abbrechen</translation>
    </message>
    <message>
      <source>Check data and estimate</source>
      <translation>Daten prüfen und Dauer schätzen</translation>
    </message>
    <message>
      <source>Wait for the check, or cancel it.</source>
      <translation>Warten Sie auf die Prüfung, oder brechen Sie sie ab.</translation>
    </message>
    <message>
      <source>Tick a volume of the scene.</source>
      <translation>Haken Sie ein Volumen der Szene an.</translation>
    </message>
    <message>
      <source>Choose the CT volumes to train on.</source>
      <translation>Wählen Sie die CT-Volumen, auf denen trainiert werden soll.</translation>
    </message>
    <message>
      <source>Give the run a name.</source>
      <translation>Geben Sie dem Lauf einen Namen.</translation>
    </message>
    <message>
      <source>Choose a name that a folder can have on any computer.</source>
      <translation>Wählen Sie einen Namen, den ein Ordner auf jedem Rechner haben kann.</translation>
    </message>
    <message>
      <source>Choose the folder of the runs.</source>
      <translation>Wählen Sie den Ordner für die Läufe.</translation>
    </message>
    <message>
      <source>There is a run of this name.</source>
      <translation>Einen Lauf mit diesem Namen gibt es schon.</translation>
    </message>
    <message>
      <source>These segmentations are results of VoCo:</source>
      <translation>Diese Segmentierungen sind Ergebnisse von VoCo:</translation>
    </message>
    <message>
      <source>A network that learns from them repeats their errors. Are they corrected?</source>
      <translation>Ein Netz, das von ihnen lernt, wiederholt ihre Fehler. Sind sie korrigiert?</translation>
    </message>
    <message>
      <source>Fine-tuning from results</source>
      <translation>Feintuning mit Ergebnissen</translation>
    </message>
  </context>
  <context>
    <name>presenters.run</name>
    <message>
      <source>There are no runs yet.</source>
      <translation>Es gibt noch keine Läufe.</translation>
    </message>
    <message>
      <source>Select a run in the table.</source>
      <translation>Wählen Sie einen Lauf in der Tabelle.</translation>
    </message>
    <message>
      <source>Stop now</source>
      <translation>Sofort anhalten</translation>
    </message>
    <message>
      <source>Stop</source>
      <translation>Anhalten</translation>
    </message>
    <message>
      <source>Ends it at once; what it did since its last checkpoint is lost.</source>
      <translation>Beendet den Lauf sofort; was er seit dem letzten Checkpoint gelernt hat, geht verloren.</translation>
    </message>
    <message>
      <source>Saves a checkpoint and ends; the run can be resumed.</source>
      <translation>Speichert einen Checkpoint und beendet den Lauf; er kann fortgesetzt werden.</translation>
    </message>
    <message>
      <source>Delete {name} with its checkpoints, its model and its log?</source>
      <translation>{name} mit Checkpoints, Modell und Protokoll löschen?</translation>
    </message>
    <message>
      <source>Delete a run</source>
      <translation>Lauf löschen</translation>
    </message>
    <message>
      <source>There is a model {name} already. Replace it?</source>
      <translation>Es gibt schon ein Modell {name}. Ersetzen?</translation>
    </message>
    <message>
      <source>Use a model</source>
      <translation>Modell verwenden</translation>
    </message>
    <message>
      <source>Adds the model to those of VoCo Segmentation and opens that module.</source>
      <translation>Fügt das Modell zu denen von VoCo Segmentation hinzu und öffnet dieses Modul.</translation>
    </message>
    <message>
      <source>There is a model after the first measure.</source>
      <translation>Ein Modell gibt es nach der ersten Messung.</translation>
    </message>
    <message>
      <source>A curve needs {needed} points; this one has {count} so far.</source>
      <translation>Eine Kurve braucht {needed} Punkte; diese hat bisher {count}.</translation>
    </message>
    <message>
      <source>Shows the curve in a plot view; it is live.</source>
      <translation>Zeigt die Kurve in einer Diagrammansicht; sie wird laufend ergänzt.</translation>
    </message>
  </context>
  <context>
    <name>presenters.settingChoices</name>
    <message>
      <source>Abdomen and trunk</source>
      <translation>Abdomen und Rumpf</translation>
    </message>
    <message>
      <source>Chest (lung window)</source>
      <translation>Thorax (Lungenfenster)</translation>
    </message>
    <message>
      <source>Head and neck, mixed</source>
      <translation>Kopf und Hals, gemischt</translation>
    </message>
    <message>
      <source>Any region, coarse</source>
      <translation>Jede Region, grob</translation>
    </message>
    <message>
      <source>Any region, 5 mm</source>
      <translation>Jede Region, 5 mm</translation>
    </message>
    <message>
      <source>Abdomen and trunk (v1)</source>
      <translation>Abdomen und Rumpf (v1)</translation>
    </message>
    <message>
      <source>tiny: for small machines</source>
      <translation>tiny: für kleine Rechner</translation>
    </message>
    <message>
      <source>B: 53 million weights</source>
      <translation>B: 53 Millionen Gewichte</translation>
    </message>
    <message>
      <source>L: 206 million weights</source>
      <translation>L: 206 Millionen Gewichte</translation>
    </message>
    <message>
      <source>H: 818 million weights</source>
      <translation>H: 818 Millionen Gewichte</translation>
    </message>
  </context>
  <context>
    <name>presenters.startProposal</name>
    <message>
      <source>Run {name}</source>
      <translation>Lauf {name}</translation>
    </message>
    <message>
      <source>Proposed: your latest pre-training, {name}.</source>
      <translation>Vorschlag: Ihr letztes Vortraining, {name}.</translation>
    </message>
    <message>
      <source>Choose the data and press Check: a start is proposed for what it shows.</source>
      <translation>Wählen Sie die Daten und drücken Sie „Daten prüfen“: Dann wird ein Ausgangspunkt für das vorgeschlagen, was sie zeigen.</translation>
    </message>
    <message>
      <source>The body region of the data was not recognised.</source>
      <translation>Die Körperregion der Daten wurde nicht erkannt.</translation>
    </message>
    <message>
      <source>Proposed: it knows {known}; the data shows {shown}.</source>
      <translation>Vorschlag: Es kennt {known}; die Daten zeigen {shown}.</translation>
    </message>
    <message>
      <source>No model on this computer is for {shown}.</source>
      <translation>Kein Modell auf diesem Rechner ist für {shown}.</translation>
    </message>
  </context>
  <context>
    <name>sections.dataSection</name>
    <message>
      <source>{text} (a result of VoCo)</source>
      <translation>{text} (ein Ergebnis von VoCo)</translation>
    </message>
  </context>
  <context>
    <name>sections.runSection</name>
    <message>
      <source>How well it learns</source>
      <translation>Wie gut es lernt</translation>
    </message>
    <message>
      <source>Loss</source>
      <translation>Loss</translation>
    </message>
    <message>
      <source>Learning rate</source>
      <translation>Lernrate</translation>
    </message>
  </context>
  <context>
    <name>sections.runTable</name>
    <message>
      <source>Name</source>
      <translation>Name</translation>
    </message>
    <message>
      <source>State</source>
      <translation>Zustand</translation>
    </message>
    <message>
      <source>Step</source>
      <translation>Schritt</translation>
    </message>
    <message>
      <source>Time left</source>
      <translation>Restzeit</translation>
    </message>
  </context>
  <context>
    <name>sections.settingsSection</name>
    <message>
      <source>VoCo v2 (TPAMI)</source>
      <translation>VoCo v2 (TPAMI)</translation>
    </message>
    <message>
      <source>VoCo v1 (CVPR 2024)</source>
      <translation>VoCo v1 (CVPR 2024)</translation>
    </message>
    <message>
      <source>Automatic</source>
      <translation>Automatisch</translation>
    </message>
    <message>
      <source>Processor</source>
      <translation>Prozessor</translation>
    </message>
    <message>
      <source>Nothing: random weights</source>
      <translation>Nichts: zufällige Gewichte</translation>
    </message>
  </context>
  <context>
    <name>VoCoPretrainLib.texts</name>
    <message>
      <source>Pre-training</source>
      <translation>Vortraining</translation>
    </message>
    <message>
      <source>Fine-tuning</source>
      <translation>Feintuning</translation>
    </message>
    <message>
      <source>queued</source>
      <translation>in der Warteschlange</translation>
    </message>
    <message>
      <source>preparing data</source>
      <translation>bereitet Daten vor</translation>
    </message>
    <message>
      <source>running</source>
      <translation>läuft</translation>
    </message>
    <message>
      <source>stopping</source>
      <translation>hält an</translation>
    </message>
    <message>
      <source>stopped</source>
      <translation>angehalten</translation>
    </message>
    <message>
      <source>finished</source>
      <translation>beendet</translation>
    </message>
    <message>
      <source>failed</source>
      <translation>fehlgeschlagen</translation>
    </message>
    <message>
      <source>lost</source>
      <translation>verloren</translation>
    </message>
    <message>
      <source>{step} of {steps}</source>
      <translation>{step} von {steps}</translation>
    </message>
    <message>
      <source>Device: {device}</source>
      <translation>Gerät: {device}</translation>
    </message>
    <message>
      <source>Started: {time}</source>
      <translation>Begonnen: {time}</translation>
    </message>
    <message>
      <source>Queued: it starts as soon as its device is free, also without Slicer.</source>
      <translation>In der Warteschlange: Der Lauf beginnt, sobald sein Gerät frei ist, auch ohne Slicer.</translation>
    </message>
    <message>
      <source>Stopping: it saves a checkpoint first.</source>
      <translation>Hält an: Zuerst wird ein Checkpoint gespeichert.</translation>
    </message>
    <message>
      <source>Finished after {steps} steps.</source>
      <translation>Nach {steps} Schritten beendet.</translation>
    </message>
    <message>
      <source>Starting</source>
      <translation>Beginnt</translation>
    </message>
    <message>
      <source>{done} of {total}</source>
      <translation>{done} von {total}</translation>
    </message>
    <message>
      <source>{time} left</source>
      <translation>noch {time}</translation>
    </message>
    <message>
      <source>The training {name} has finished.</source>
      <translation>Das Training {name} ist fertig.</translation>
    </message>
    <message>
      <source>The training {name} was stopped.</source>
      <translation>Das Training {name} wurde angehalten.</translation>
    </message>
    <message>
      <source>The training {name} has failed; VoCo Pretrain says why.</source>
      <translation>Das Training {name} ist gescheitert; VoCo Pretrain sagt, warum.</translation>
    </message>
    <message>
      <source>The training {name} was lost; it can be resumed in VoCo Pretrain.</source>
      <translation>Das Training {name} ging verloren; in VoCo Pretrain kann es fortgesetzt werden.</translation>
    </message>
    <message>
      <source>Finished</source>
      <translation>Fertig</translation>
    </message>
    <message>
      <source>{score}, the best in step {best_step}. Use it in VoCo Segmentation.</source>
      <translation>{score}, am besten in Schritt {best_step}. Verwenden Sie es in VoCo Segmentation.</translation>
    </message>
    <message>
      <source>Not yet</source>
      <translation>Noch nicht</translation>
    </message>
    <message>
      <source>After {step} steps it is too early to tell: {score}. Wait for the next measures.</source>
      <translation>Nach {step} Schritten lässt sich noch nichts sagen: {score}. Warten Sie die nächsten Messungen ab.</translation>
    </message>
    <message>
      <source>Learning</source>
      <translation>Lernt</translation>
    </message>
    <message>
      <source>{score}, the best so far in step {best_step}.</source>
      <translation>{score}, bisher am besten in Schritt {best_step}.</translation>
    </message>
    <message>
      <source>Steady</source>
      <translation>Gleichbleibend</translation>
    </message>
    <message>
      <source>{score}; it has hardly become better since step {best_step}. Use it, or let it come to its end, where it often gains a little.</source>
      <translation>{score}; seit Schritt {best_step} wurde es kaum besser. Verwenden Sie es, oder lassen Sie es zu Ende laufen: dort gewinnt es oft noch etwas.</translation>
    </message>
    <message>
      <source>Stuck</source>
      <translation>Lernt nichts</translation>
    </message>
    <message>
      <source>{score} after {step} steps: it learns nothing. Press Check data and estimate, look at what it sees, and begin a new run with another preparation or learning rate.</source>
      <translation>{score} nach {step} Schritten: es lernt nichts. Drücken Sie „Daten prüfen und Dauer schätzen“, sehen Sie sich an, was es sieht, und beginnen Sie einen neuen Lauf mit einer anderen Vorbereitung oder Lernrate.</translation>
    </message>
    <message>
      <source>Diverging</source>
      <translation>Läuft auseinander</translation>
    </message>
    <message>
      <source>The loss rises: {score}. Begin a new run with a tenth of the learning rate.</source>
      <translation>Der Verlust steigt: {score}. Beginnen Sie einen neuen Lauf mit einem Zehntel der Lernrate.</translation>
    </message>
    <message>
      <source>mean Dice {dice:.2f}</source>
      <translation>mittlerer Dice {dice:.2f}</translation>
    </message>
    <message>
      <source>{share:.0%} of the places found, {chance:.0%} by guessing</source>
      <translation>{share:.0%} der Orte gefunden, durch Raten {chance:.0%}</translation>
    </message>
    <message>
      <source>Preparing the volumes</source>
      <translation>Vorbereitung der Volumen</translation>
    </message>
    <message>
      <source>{usable} of {volumes} volumes can be used.</source>
      <translation>{usable} von {volumes} Volumen sind verwendbar.</translation>
    </message>
    <message>
      <source>Spacing {spacing} mm, size {shape} voxels, values {hu} HU.</source>
      <translation>Abstand {spacing} mm, Größe {shape} Voxel, Werte {hu} HU.</translation>
    </message>
    <message>
      <source>To be corrected, or the training fails:</source>
      <translation>Zu korrigieren, sonst schlägt das Training fehl:</translation>
    </message>
    <message>
      <source>Left out:</source>
      <translation>Ausgelassen:</translation>
    </message>
    <message>
      <source>… and {count} more.</source>
      <translation>… und {count} weitere.</translation>
    </message>
    <message>
      <source>Estimate from {steps} steps tried with {tried} of your volumes on {device}:</source>
      <translation>Schätzung aus {steps} Probeschritten mit {tried} Ihrer Volumen auf {device}:</translation>
    </message>
    <message>
      <source>about {time} ({step} a step), {memory} memory, {disk} disk.</source>
      <translation>etwa {time} ({step} je Schritt), {memory} Arbeitsspeicher, {disk} Speicherplatz.</translation>
    </message>
    <message>
      <source>The memory will not suffice: choose a smaller network or batch.</source>
      <translation>Der Arbeitsspeicher wird nicht reichen: Wählen Sie ein kleineres Netz oder einen kleineren Batch.</translation>
    </message>
    <message>
      <source>The disk will not suffice: free some space or choose another folder.</source>
      <translation>Der Speicherplatz wird nicht reichen: Schaffen Sie Platz, oder wählen Sie einen anderen Ordner.</translation>
    </message>
    <message>
      <source>{needed} of {free} free</source>
      <translation>{needed} von {free} freien</translation>
    </message>
    <message>
      <source>{milliseconds:.0f} ms</source>
      <translation>{milliseconds:.0f} ms</translation>
    </message>
    <message>
      <source>{low} to {high}</source>
      <translation>{low} bis {high}</translation>
    </message>
    <message>
      <source>Loss {loss:.4g}</source>
      <translation>Loss {loss:.4g}</translation>
    </message>
    <message>
      <source>learning rate {rate:.2e}</source>
      <translation>Lernrate {rate:.2e}</translation>
    </message>
    <message>
      <source>{speed:.2g} volumes a second</source>
      <translation>{speed:.2g} Volumen pro Sekunde</translation>
    </message>
    <message>
      <source>{share:.0f} % of the places found, {error:.2f} crops off</source>
      <translation>{share:.0f} % der Orte gefunden, um {error:.2f} Ausschnitte daneben</translation>
    </message>
    <message>
      <source>loss of volumes held back {loss:.3g}</source>
      <translation>Loss der zurückgehaltenen Volumen {loss:.3g}</translation>
    </message>
    <message>
      <source>mean Dice {dice:.3f}</source>
      <translation>mittlerer Dice {dice:.3f}</translation>
    </message>
  </context>
  <context>
    <name>VoCoPretrainLib.trainings</name>
    <message>
      <source>The run has no model yet.</source>
      <translation>Der Lauf hat noch kein Modell.</translation>
    </message>
    <message>
      <source>Its first measure writes one.</source>
      <translation>Mit der ersten Messung entsteht eines.</translation>
    </message>
  </context>
  <context>
    <name>VoCoSegmentation</name>
    <message>
      <source>VoCo Segmentation</source>
      <translation>VoCo Segmentation</translation>
    </message>
    <message>
      <source>Segments organs in CT with VoCo models and measures them. Not for clinical use. See the &lt;a href="{url}"&gt;documentation&lt;/a&gt;.</source>
      <translation>Segmentiert Organe im CT mit VoCo-Modellen und vermisst sie. Nicht für den klinischen Einsatz. Siehe die &lt;a href="{url}"&gt;Dokumentation&lt;/a&gt;.</translation>
    </message>
    <message>
      <source>VoCo was published by Linshan Wu, Jiaxin Zhuang and Hao Chen: &lt;a href="{cvpr}"&gt;CVPR 2024&lt;/a&gt; and &lt;a href="{tpami}"&gt;arXiv 2410.09890&lt;/a&gt;. If you use it, please cite them.</source>
      <translation>VoCo wurde von Linshan Wu, Jiaxin Zhuang und Hao Chen veröffentlicht: &lt;a href="{cvpr}"&gt;CVPR 2024&lt;/a&gt; und &lt;a href="{tpami}"&gt;arXiv 2410.09890&lt;/a&gt;. Bitte zitieren Sie diese Arbeiten, wenn Sie VoCo nutzen.</translation>
    </message>
    <message>
      <source>The callback of a job cannot wait for another job.</source>
      <translation>Der Rückruf (callback) eines Auftrags kann nicht auf einen anderen Auftrag warten.</translation>
    </message>
    <message>
      <source>Use wait=False.</source>
      <translation>Verwenden Sie wait=False.</translation>
    </message>
    <message>
      <source>Not installed: {names}.</source>
      <translation>Nicht installiert: {names}.</translation>
    </message>
    <message>
      <source>Press Apply in the module VoCo Segmentation, which installs it.</source>
      <translation>Drücken Sie Anwenden im Modul VoCo Segmentation; dann wird es installiert.</translation>
    </message>
    <message>
      <source>Choose a CT volume.</source>
      <translation>Wählen Sie ein CT-Volumen.</translation>
    </message>
    <message>
      <source>1. Load a CT: with Add Data or Add DICOM Data, or one of these.
2. The model for its body region is chosen by itself; look whether it is the right one.
3. Press Apply. Images never leave this computer.</source>
      <translation>1. Laden Sie ein CT: mit „Add Data“ oder „Add DICOM Data“, oder eines von diesen.
2. Das Modell für die Körperregion wird von selbst gewählt; sehen Sie nach, ob es das richtige ist.
3. Drücken Sie Anwenden. Bilder verlassen nie diesen Rechner.</translation>
    </message>
    <message>
      <source>Downloads a CT of the abdomen from the sample data of Slicer, after a question.</source>
      <translation>Lädt nach einer Rückfrage ein CT des Abdomens aus den Beispieldaten von Slicer herunter.</translation>
    </message>
    <message>
      <source>Sample CT</source>
      <translation>Beispiel-CT</translation>
    </message>
    <message>
      <source>Makes a synthetic CT of a torso, for which a model is part of VoCo: works without a network.</source>
      <translation>Erzeugt ein synthetisches CT eines Rumpfes, für das ein Modell Teil von VoCo ist: funktioniert ohne Netz.</translation>
    </message>
    <message>
      <source>Synthetic CT</source>
      <translation>Synthetisches CT</translation>
    </message>
    <message>
      <source>Says what will be removed and fetched, and asks.</source>
      <translation>Sagt, was entfernt und neu geladen wird, und fragt nach.</translation>
    </message>
    <message>
      <source>Inputs</source>
      <translation>Eingaben</translation>
    </message>
    <message>
      <source>CT volume:</source>
      <translation>CT-Volumen:</translation>
    </message>
    <message>
      <source>The CT to segment. Values must be Hounsfield units.</source>
      <translation>Das CT, das segmentiert werden soll. Die Werte müssen Hounsfield-Einheiten sein.</translation>
    </message>
    <message>
      <source>Segments every frame of the sequence that this volume shows; otherwise only the frame that is shown.</source>
      <translation>Segmentiert jedes Bild der Sequenz, zu der dieses Volumen gehört; sonst nur das gezeigte Bild.</translation>
    </message>
    <message>
      <source>All frames of the sequence</source>
      <translation>Alle Bilder der Sequenz</translation>
    </message>
    <message>
      <source>Model:</source>
      <translation>Modell:</translation>
    </message>
    <message>
      <source>The network that segments, and what it segments.</source>
      <translation>Das Netz, das segmentiert, und was es segmentiert.</translation>
    </message>
    <message>
      <source>Takes over a file of weights, for example one that was downloaded on another computer.</source>
      <translation>Übernimmt eine Datei mit Gewichten, zum Beispiel eine, die auf einem anderen Rechner heruntergeladen wurde.</translation>
    </message>
    <message>
      <source>Import…</source>
      <translation>Importieren…</translation>
    </message>
    <message>
      <source>Downloads the weights of this model, once. Its licence is shown first.</source>
      <translation>Lädt die Gewichte dieses Modells herunter, einmalig. Die Lizenz wird vorher gezeigt.</translation>
    </message>
    <message>
      <source>Download</source>
      <translation>Herunterladen</translation>
    </message>
    <message>
      <source>Deletes the weights of this model from this computer.</source>
      <translation>Löscht die Gewichte dieses Modells von diesem Rechner.</translation>
    </message>
    <message>
      <source>Remove</source>
      <translation>Entfernen</translation>
    </message>
    <message>
      <source>Structures</source>
      <translation>Strukturen</translation>
    </message>
    <message>
      <source>Shows only structures whose name holds this text.</source>
      <translation>Zeigt nur Strukturen, deren Name diesen Text enthält.</translation>
    </message>
    <message>
      <source>Includes every structure that the list shows.</source>
      <translation>Nimmt jede Struktur auf, die die Liste zeigt.</translation>
    </message>
    <message>
      <source>All</source>
      <translation>Alle</translation>
    </message>
    <message>
      <source>Leaves out every structure that the list shows.</source>
      <translation>Lässt jede Struktur aus, die die Liste zeigt.</translation>
    </message>
    <message>
      <source>None</source>
      <translation>Keine</translation>
    </message>
    <message>
      <source>The structures that become segments.</source>
      <translation>Die Strukturen, die zu Segmenten werden.</translation>
    </message>
    <message>
      <source>Advanced</source>
      <translation>Erweitert</translation>
    </message>
    <message>
      <source>Region:</source>
      <translation>Region:</translation>
    </message>
    <message>
      <source>Only this box is segmented, which saves time and memory. Draw one with the Markups toolbar.</source>
      <translation>Nur dieser Quader wird segmentiert; das spart Zeit und Speicher. Zeichnen Sie ihn mit der Symbolleiste Markups.</translation>
    </message>
    <message>
      <source>Whole volume</source>
      <translation>Ganzes Volumen</translation>
    </message>
    <message>
      <source>Compute on:</source>
      <translation>Rechnen auf:</translation>
    </message>
    <message>
      <source>Automatic takes the graphics card if there is one that suits, otherwise the processor.</source>
      <translation>Automatisch nimmt die Grafikkarte, wenn eine geeignete da ist, sonst den Prozessor.</translation>
    </message>
    <message>
      <source>Lets another computer segment, on which voco serve runs.</source>
      <translation>Lässt einen anderen Rechner segmentieren, auf dem voco serve läuft.</translation>
    </message>
    <message>
      <source>Server…</source>
      <translation>Server…</translation>
    </message>
    <message>
      <source>Also makes a volume that shows where the network was unsure, over the CT. Takes no more time.</source>
      <translation>Erstellt auch ein Volumen, das über dem CT zeigt, wo das Netz unsicher war. Kostet keine zusätzliche Zeit.</translation>
    </message>
    <message>
      <source>Show uncertainty</source>
      <translation>Unsicherheit zeigen</translation>
    </message>
    <message>
      <source>Queues every CT of this scene, each with the model for its body region.</source>
      <translation>Stellt jedes CT dieser Szene in die Warteschlange, jedes mit dem Modell für seine Körperregion.</translation>
    </message>
    <message>
      <source>Segment all CTs of this scene</source>
      <translation>Alle CT dieser Szene segmentieren</translation>
    </message>
    <message>
      <source>Opens the folder of the models that were downloaded or imported. Remove them with the button below their description.</source>
      <translation>Öffnet den Ordner der heruntergeladenen und importierten Modelle. Entfernen Sie Modelle mit der Schaltfläche unter ihrer Beschreibung.</translation>
    </message>
    <message>
      <source>Models folder</source>
      <translation>Modellordner</translation>
    </message>
    <message>
      <source>Ends the background process, which keeps the last model in memory; the next job starts it again. It ends by itself after five minutes.</source>
      <translation>Beendet den Hintergrundprozess, der das letzte Modell im Speicher behält; der nächste Auftrag startet ihn wieder. Nach fünf Minuten endet er von selbst.</translation>
    </message>
    <message>
      <source>Free memory</source>
      <translation>Speicher freigeben</translation>
    </message>
    <message>
      <source>Outputs</source>
      <translation>Ausgaben</translation>
    </message>
    <message>
      <source>Segmentation:</source>
      <translation>Segmentierung:</translation>
    </message>
    <message>
      <source>Where the result goes. A segmentation chosen here is replaced; its display settings stay.</source>
      <translation>Wohin das Ergebnis kommt. Eine hier gewählte Segmentierung wird ersetzt; ihre Anzeigeeinstellungen bleiben.</translation>
    </message>
    <message>
      <source>Create new segmentation</source>
      <translation>Neue Segmentierung anlegen</translation>
    </message>
    <message>
      <source>Apply</source>
      <translation>Anwenden</translation>
    </message>
    <message>
      <source>Segments this volume after the ones that are running or waiting.</source>
      <translation>Segmentiert dieses Volumen nach denen, die laufen oder warten.</translation>
    </message>
    <message>
      <source>Add to queue</source>
      <translation>In die Warteschlange</translation>
    </message>
    <message>
      <source>What is waiting for its turn.</source>
      <translation>Was noch an die Reihe kommt.</translation>
    </message>
    <message>
      <source>Takes the selected entry out of the queue.</source>
      <translation>Nimmt den gewählten Eintrag aus der Warteschlange.</translation>
    </message>
    <message>
      <source>Shows the segmentation chosen above in the 3D view.</source>
      <translation>Zeigt die oben gewählte Segmentierung in der 3D-Ansicht.</translation>
    </message>
    <message>
      <source>Show 3D</source>
      <translation>3D zeigen</translation>
    </message>
    <message>
      <source>Shows volume and mean HU of every structure in a table.</source>
      <translation>Zeigt Volumen und mittlere HU jeder Struktur in einer Tabelle.</translation>
    </message>
    <message>
      <source>Statistics</source>
      <translation>Statistik</translation>
    </message>
    <message>
      <source>Opens the segmentation in Segment Editor, over its CT.</source>
      <translation>Öffnet die Segmentierung im Segment Editor, über ihrem CT.</translation>
    </message>
    <message>
      <source>Edit</source>
      <translation>Bearbeiten</translation>
    </message>
    <message>
      <source>Writes the segmentation as DICOM SEG, for a CT from Slicer's DICOM database.</source>
      <translation>Schreibt die Segmentierung als DICOM SEG, für ein CT aus der DICOM-Datenbank von Slicer.</translation>
    </message>
    <message>
      <source>DICOM SEG…</source>
      <translation>DICOM SEG…</translation>
    </message>
    <message>
      <source>Writes the segmentation (.seg.nrrd) and its table (.csv) into a folder.</source>
      <translation>Schreibt die Segmentierung (.seg.nrrd) und ihre Tabelle (.csv) in einen Ordner.</translation>
    </message>
    <message>
      <source>Files…</source>
      <translation>Dateien…</translation>
    </message>
    <message>
      <source>Log</source>
      <translation>Protokoll</translation>
    </message>
    <message>
      <source>What the background process does and says; copy it for a bug report.</source>
      <translation>Was der Hintergrundprozess tut und meldet; kopieren Sie es für einen Fehlerbericht.</translation>
    </message>
    <message>
      <source>Copies the log, with versions and device, to the clipboard for a bug report.</source>
      <translation>Kopiert das Protokoll mit Versionen und Gerät für einen Fehlerbericht in die Zwischenablage.</translation>
    </message>
    <message>
      <source>Copy</source>
      <translation>Kopieren</translation>
    </message>
  </context>
  <context>
    <name>VoCoSegmentationLib.VoCoSubjectHierarchyPlugin</name>
    <message>
      <source>Segment with VoCo</source>
      <translation>Mit VoCo segmentieren</translation>
    </message>
  </context>
  <context>
    <name>installation.installFlow</name>
    <message>
      <source>The extension PyTorch is not loaded.</source>
      <translation>Die Erweiterung PyTorch ist nicht geladen.</translation>
    </message>
    <message>
      <source>Installing PyTorch. This takes some minutes.</source>
      <translation>PyTorch wird installiert. Das dauert einige Minuten.</translation>
    </message>
    <message>
      <source>PyTorch was not installed.</source>
      <translation>PyTorch wurde nicht installiert.</translation>
    </message>
    <message>
      <source>Repair Python packages</source>
      <translation>Python-Pakete reparieren</translation>
    </message>
    <message>
      <source>Python packages are being installed.</source>
      <translation>Python-Pakete werden installiert.</translation>
    </message>
    <message>
      <source>VoCo needs Slicer {needed} or newer; this is Slicer {this}.</source>
      <translation>VoCo braucht Slicer {needed} oder neuer; dies ist Slicer {this}.</translation>
    </message>
    <message>
      <source>Install Python packages</source>
      <translation>Python-Pakete installieren</translation>
    </message>
    <message>
      <source>Install</source>
      <translation>Installieren</translation>
    </message>
    <message>
      <source>Install from folder…</source>
      <translation>Aus Ordner installieren…</translation>
    </message>
    <message>
      <source>Folder of wheels</source>
      <translation>Ordner mit Wheels</translation>
    </message>
    <message>
      <source>Also {names}, about {size}: large models about 1.7 times as fast without a graphics card</source>
      <translation>Außerdem {names}, etwa {size}: große Modelle rechnen ohne Grafikkarte etwa 1,7-mal so schnell</translation>
    </message>
    <message>
      <source>{name}: about {size}</source>
      <translation>{name}: etwa {size}</translation>
    </message>
    <message>
      <source>VoCo needs Python packages that this Slicer does not have.

{rows}

They are downloaded from pypi.org and pytorch.org, PyTorch {device}, to
{folder}

Slicer cannot be used meanwhile, for some minutes. PyTorch and NumPy that are there already stay as they are.</source>
      <translation>VoCo braucht Python-Pakete, die dieses Slicer nicht hat.

{rows}

Sie werden von pypi.org und pytorch.org heruntergeladen, PyTorch {device}, nach
{folder}

Slicer ist währenddessen einige Minuten lang nicht bedienbar. Vorhandenes PyTorch und NumPy bleiben, wie sie sind.</translation>
    </message>
    <message>
      <source>for the NVIDIA graphics card</source>
      <translation>für die NVIDIA-Grafikkarte</translation>
    </message>
    <message>
      <source>for the processor alone</source>
      <translation>nur für den Prozessor</translation>
    </message>
    <message>
      <source>Without internet: on another computer with the same operating system run

{commands}

copy the folder wheels to this computer, and choose 'Install from folder'.</source>
      <translation>Ohne Internet: Führen Sie auf einem anderen Rechner mit demselben Betriebssystem

{commands}

aus, kopieren Sie den Ordner wheels auf diesen Rechner, und wählen Sie „Aus Ordner installieren“.</translation>
    </message>
    <message>
      <source>{name}: is removed and fetched again, about {size}</source>
      <translation>{name}: wird entfernt und neu geladen, etwa {size}</translation>
    </message>
    <message>
      <source>The Python packages of VoCo are there, but cannot be loaded. Install them again?

{rows}

Other extensions that use them, too, work again afterwards. Slicer cannot be used meanwhile.</source>
      <translation>Die Python-Pakete von VoCo sind vorhanden, lassen sich aber nicht laden. Neu installieren?

{rows}

Andere Erweiterungen, die sie ebenfalls verwenden, funktionieren danach wieder. Slicer ist währenddessen nicht bedienbar.</translation>
    </message>
    <message>
      <source>Install PyTorch</source>
      <translation>PyTorch installieren</translation>
    </message>
    <message>
      <source>The extension PyTorch, which chooses the build of PyTorch for this computer's graphics card, is not loaded in this Slicer.

Install it and restart Slicer (data that is not saved will be lost; afterwards the installation goes on by itself), or install PyTorch as pypi.org has it, which may not fit the graphics card?</source>
      <translation>Die Erweiterung PyTorch, die das passende PyTorch für die Grafikkarte dieses Rechners auswählt, ist in diesem Slicer nicht geladen.

Möchten Sie sie installieren und Slicer neu starten (nicht gespeicherte Daten gehen verloren; danach geht die Installation von selbst weiter), oder PyTorch so installieren, wie pypi.org es anbietet, was möglicherweise nicht zur Grafikkarte passt?</translation>
    </message>
    <message>
      <source>Install extension and restart</source>
      <translation>Erweiterung installieren und neu starten</translation>
    </message>
    <message>
      <source>Install without it</source>
      <translation>Ohne sie installieren</translation>
    </message>
    <message>
      <source>The installer of PyTorch ended without PyTorch: {error}.</source>
      <translation>Die Installation von PyTorch endete ohne PyTorch: {error}.</translation>
    </message>
    <message>
      <source>The Python console shows why: usually no connection, or a proxy.</source>
      <translation>Die Python-Konsole zeigt, warum: meist keine Verbindung oder ein Proxy.</translation>
    </message>
    <message>
      <source>PyTorch cannot be used: {error}.</source>
      <translation>PyTorch ist nicht verwendbar: {error}.</translation>
    </message>
    <message>
      <source>Uninstall it in the module PyTorch, restart Slicer, then try again.</source>
      <translation>Deinstallieren Sie es im Modul PyTorch, starten Sie Slicer neu, und versuchen Sie es dann noch einmal.</translation>
    </message>
    <message>
      <source>The extension PyTorch could not be installed. Install it with the Extensions Manager.</source>
      <translation>Die Erweiterung PyTorch konnte nicht installiert werden. Installieren Sie sie mit der Erweiterungsverwaltung.</translation>
    </message>
  </context>
  <context>
    <name>installation.installer</name>
    <message>
      <source>The damaged packages could not be removed (exit code {code}).</source>
      <translation>Die beschädigten Pakete konnten nicht entfernt werden (Exit-Code {code}).</translation>
    </message>
    <message>
      <source>Restart Slicer, which may use them, and try again.</source>
      <translation>Starten Sie Slicer neu, das sie vielleicht verwendet, und versuchen Sie es noch einmal.</translation>
    </message>
    <message>
      <source>Nothing was installed.</source>
      <translation>Es wurde nichts installiert.</translation>
    </message>
    <message>
      <source>PyTorch {version} is installed, which is too old.</source>
      <translation>PyTorch {version} ist installiert und zu alt.</translation>
    </message>
    <message>
      <source>Uninstall it in the module PyTorch, restart Slicer, and try again.</source>
      <translation>Deinstallieren Sie es im Modul PyTorch, starten Sie Slicer neu, und versuchen Sie es noch einmal.</translation>
    </message>
    <message>
      <source>The Python console shows why. Check the connection, or install from a folder.</source>
      <translation>Die Python-Konsole zeigt, warum. Prüfen Sie die Verbindung, oder installieren Sie aus einem Ordner.</translation>
    </message>
    <message>
      <source>The Python console shows what the folder lacks.</source>
      <translation>Die Python-Konsole zeigt, was dem Ordner fehlt.</translation>
    </message>
    <message>
      <source>pip ended with exit code {code}.</source>
      <translation>pip endete mit Exit-Code {code}.</translation>
    </message>
    <message>
      <source>Not installed: {names}.</source>
      <translation>Nicht installiert: {names}.</translation>
    </message>
    <message>
      <source>VoCo does without, slower.</source>
      <translation>VoCo kommt ohne aus, ist aber langsamer.</translation>
    </message>
    <message>
      <source>{name} {before} was replaced by {after}.</source>
      <translation>{name} {before} wurde durch {after} ersetzt.</translation>
    </message>
    <message>
      <source>Uninstall PyTorch in the module PyTorch, restart Slicer, and try again.</source>
      <translation>Deinstallieren Sie PyTorch im Modul PyTorch, starten Sie Slicer neu, und versuchen Sie es noch einmal.</translation>
    </message>
    <message>
      <source>About {needed} MB are needed in {folder}, and {free} MB are free.</source>
      <translation>Etwa {needed} MB werden in {folder} gebraucht, {free} MB sind frei.</translation>
    </message>
    <message>
      <source>Free some space on that disk.</source>
      <translation>Schaffen Sie Platz auf diesem Datenträger.</translation>
    </message>
  </context>
  <context>
    <name>installation.shownOutput</name>
    <message>
      <source>Install Python packages</source>
      <translation>Python-Pakete installieren</translation>
    </message>
  </context>
  <context>
    <name>installation.wheelFolder</name>
    <message>
      <source>{folder} holds no wheels itself: choose {deeper}.</source>
      <translation>{folder} enthält selbst keine Wheels: Wählen Sie {deeper}.</translation>
    </message>
    <message>
      <source>{folder} holds no wheels (files that end in .whl).</source>
      <translation>{folder} enthält keine Wheels (Dateien mit der Endung .whl).</translation>
    </message>
    <message>
      <source>Damaged or not copied to the end: {names}. Copy them again.</source>
      <translation>Beschädigt oder nicht vollständig kopiert: {names}. Kopieren Sie sie noch einmal.</translation>
    </message>
    <message>
      <source>Not in {folder}: {names}.</source>
      <translation>Nicht in {folder}: {names}.</translation>
    </message>
    <message>
      <source>For another Python or system than this one ({this}): {names}.</source>
      <translation>Für ein anderes Python oder System als dieses ({this}): {names}.</translation>
    </message>
  </context>
  <context>
    <name>jobs.positions</name>
    <message>
      <source>{name} has a nonlinear transform.</source>
      <translation>{name} hat eine nichtlineare Transformation.</translation>
    </message>
    <message>
      <source>Harden it with the module Transforms, or choose the CT without it.</source>
      <translation>Wenden Sie sie im Modul Transforms dauerhaft an (Harden), oder wählen Sie das CT ohne sie.</translation>
    </message>
    <message>
      <source>The CT was removed.</source>
      <translation>Das CT wurde entfernt.</translation>
    </message>
    <message>
      <source>Choose another one.</source>
      <translation>Wählen Sie ein anderes.</translation>
    </message>
    <message>
      <source>Position in {volume}</source>
      <translation>Position in {volume}</translation>
    </message>
    <message>
      <source>Position map of {volume}</source>
      <translation>Positionskarte von {volume}</translation>
    </message>
    <message>
      <source>Search in {reference}</source>
      <translation>Suche in {reference}</translation>
    </message>
    <message>
      <source>Comparison with {reference}</source>
      <translation>Vergleich mit {reference}</translation>
    </message>
    <message>
      <source>Figure of {volume}</source>
      <translation>Abbildung von {volume}</translation>
    </message>
    <message>
      <source>Wrote {files}.</source>
      <translation>{files} geschrieben.</translation>
    </message>
    <message>
      <source>Position view</source>
      <translation>Positionsansicht</translation>
    </message>
  </context>
  <context>
    <name>jobs.queue</name>
    <message>
      <source>Cancelled.</source>
      <translation>Abgebrochen.</translation>
    </message>
    <message>
      <source>The log has the details.</source>
      <translation>Einzelheiten stehen im Protokoll.</translation>
    </message>
    <message>
      <source>The scene was closed.</source>
      <translation>Die Szene wurde geschlossen.</translation>
    </message>
    <message>
      <source>{name} was removed.</source>
      <translation>{name} wurde entfernt.</translation>
    </message>
  </context>
  <context>
    <name>jobs.segmentation</name>
    <message>
      <source>frame {number} of {total}: {stage}</source>
      <translation>Bild {number} von {total}: {stage}</translation>
    </message>
    <message>
      <source>{found} of {total} structures found, in {time} on {device}.</source>
      <translation>{found} von {total} Strukturen gefunden, in {time} auf {device}.</translation>
    </message>
    <message>
      <source>'{name}' is one name.</source>
      <translation>'{name}' ist ein einzelner Name.</translation>
    </message>
    <message>
      <source>Give a list of names: structures=['{name}'].</source>
      <translation>Geben Sie eine Liste von Namen an: structures=['{name}'].</translation>
    </message>
    <message>
      <source>{model} has no structure '{name}'.</source>
      <translation>{model} hat keine Struktur „{name}“.</translation>
    </message>
    <message>
      <source>It has: {names}.</source>
      <translation>Vorhanden: {names}.</translation>
    </message>
    <message>
      <source>No structure is chosen.</source>
      <translation>Es ist keine Struktur gewählt.</translation>
    </message>
    <message>
      <source>Choose at least one, or None for all.</source>
      <translation>Wählen Sie mindestens eine, oder None für alle.</translation>
    </message>
  </context>
  <context>
    <name>VoCoSegmentationLib.panelWords</name>
    <message>
      <source>Press Repair in the module VoCo Segmentation; the log says what is broken.</source>
      <translation>Drücken Sie Reparieren im Modul VoCo Segmentation; das Protokoll sagt, was defekt ist.</translation>
    </message>
    <message>
      <source>Press Download, or without a network get the file some other way and import it.</source>
      <translation>Drücken Sie Herunterladen, oder beschaffen Sie die Datei ohne Netz auf anderem Weg und importieren Sie sie.</translation>
    </message>
    <message>
      <source>Or get the file on another machine and import it.</source>
      <translation>Oder beschaffen Sie die Datei auf einem anderen Rechner und importieren Sie sie.</translation>
    </message>
    <message>
      <source>Remove the model in the panel and import the file again.</source>
      <translation>Entfernen Sie das Modell im Panel und importieren Sie die Datei noch einmal.</translation>
    </message>
    <message>
      <source>Check its permissions and free space.</source>
      <translation>Prüfen Sie seine Zugriffsrechte und den freien Speicherplatz.</translation>
    </message>
    <message>
      <source>Choose another device under Advanced.</source>
      <translation>Wählen Sie unter Erweitert ein anderes Gerät.</translation>
    </message>
    <message>
      <source>Choose a segmentation model.</source>
      <translation>Wählen Sie ein Segmentierungsmodell.</translation>
    </message>
    <message>
      <source>Import it in the module VoCo Segmentation.</source>
      <translation>Importieren Sie es im Modul VoCo Segmentation.</translation>
    </message>
    <message>
      <source>Choose another start.</source>
      <translation>Wählen Sie einen anderen Ausgangspunkt.</translation>
    </message>
  </context>
  <context>
    <name>presenters.closing</name>
    <message>
      <source>VoCo is not done, and what it works on will be lost: {titles}.</source>
      <translation>VoCo ist noch nicht fertig, und woran es arbeitet, geht verloren: {titles}.</translation>
    </message>
    <message>
      <source>A training goes on without Slicer: {names}.</source>
      <translation>Ein Training läuft ohne Slicer weiter: {names}.</translation>
    </message>
    <message>
      <source>Close Slicer?</source>
      <translation>Slicer schließen?</translation>
    </message>
  </context>
  <context>
    <name>presenters.devices</name>
    <message>
      <source>Automatic</source>
      <translation>Automatisch</translation>
    </message>
    <message>
      <source>CPU</source>
      <translation>Prozessor</translation>
    </message>
    <message>
      <source>The CT is sent to {server}.</source>
      <translation>Das CT wird an {server} gesendet.</translation>
    </message>
    <message>
      <source>{name}, {memory}</source>
      <translation>{name}, {memory}</translation>
    </message>
  </context>
  <context>
    <name>presenters.modelList</name>
    <message>
      <source>Name a model: {known}.</source>
      <translation>Nennen Sie ein Modell: {known}.</translation>
    </message>
    <message>
      <source>{title} ({remarks})</source>
      <translation>{title} ({remarks})</translation>
    </message>
    <message>
      <source>{name} (not on this computer)</source>
      <translation>{name} (nicht auf diesem Rechner)</translation>
    </message>
    <message>
      <source>part of VoCo</source>
      <translation>Teil von VoCo</translation>
    </message>
    <message>
      <source>downloaded</source>
      <translation>heruntergeladen</translation>
    </message>
    <message>
      <source>imported</source>
      <translation>importiert</translation>
    </message>
    <message>
      <source>not downloaded</source>
      <translation>nicht heruntergeladen</translation>
    </message>
    <message>
      <source>its file is missing</source>
      <translation>Datei fehlt</translation>
    </message>
    <message>
      <source>not supported</source>
      <translation>nicht unterstützt</translation>
    </message>
    <message>
      <source>{modality} · {count} structures · {size} · {state} · licence: {licence}</source>
      <translation>{modality} · {count} Strukturen · {size} · {state} · Lizenz: {licence}</translation>
    </message>
    <message>
      <source>about {size}</source>
      <translation>etwa {size}</translation>
    </message>
    <message>
      <source>unknown size</source>
      <translation>unbekannte Größe</translation>
    </message>
  </context>
  <context>
    <name>presenters.models</name>
    <message>
      <source>No model was downloaded or imported yet.</source>
      <translation>Es wurde noch kein Modell heruntergeladen oder importiert.</translation>
    </message>
    <message>
      <source>Models take {size}.</source>
      <translation>Modelle belegen {size}.</translation>
    </message>
    <message>
      <source>The model {name} is not on this computer: import it, or choose another one.</source>
      <translation>Das Modell {name} ist nicht auf diesem Rechner: Importieren Sie es, oder wählen Sie ein anderes.</translation>
    </message>
    <message>
      <source>Choose a model.</source>
      <translation>Wählen Sie ein Modell.</translation>
    </message>
    <message>
      <source>The weights of {title} are missing: remove and import them again.</source>
      <translation>Die Gewichte von {title} fehlen: Entfernen Sie sie, und importieren Sie sie noch einmal.</translation>
    </message>
    <message>
      <source>Delete the weights of {title} from this computer?</source>
      <translation>Die Gewichte von {title} von diesem Rechner löschen?</translation>
    </message>
    <message>
      <source>Remove a model</source>
      <translation>Modell entfernen</translation>
    </message>
    <message>
      <source>{size} freed</source>
      <translation>{size} freigegeben</translation>
    </message>
    <message>
      <source>Download {title} ({size}) from huggingface.co/{repository}?</source>
      <translation>{title} ({size}) von huggingface.co/{repository} herunterladen?</translation>
    </message>
    <message>
      <source>Licence: {licence}.
{note}

OK means that you agree.</source>
      <translation>Lizenz: {licence}.
{note}

Mit OK stimmen Sie zu.</translation>
    </message>
    <message>
      <source>Download a model</source>
      <translation>Modell herunterladen</translation>
    </message>
  </context>
  <context>
    <name>presenters.packages</name>
    <message>
      <source>The Python packages cannot be loaded.</source>
      <translation>Die Python-Pakete lassen sich nicht laden.</translation>
    </message>
    <message>
      <source>Repair…</source>
      <translation>Reparieren…</translation>
    </message>
    <message>
      <source>The installation of Python packages was interrupted.</source>
      <translation>Die Installation der Python-Pakete wurde unterbrochen.</translation>
    </message>
    <message>
      <source>Go on…</source>
      <translation>Fortsetzen…</translation>
    </message>
  </context>
  <context>
    <name>presenters.position</name>
    <message>
      <source>Figure</source>
      <translation>Abbildung</translation>
    </message>
    <message>
      <source>{volume} seen by {model}</source>
      <translation>{volume}, gesehen von {model}</translation>
    </message>
    <message>
      <source>Cancelled. Move the point to ask again.</source>
      <translation>Abgebrochen. Verschieben Sie den Punkt, um erneut zu fragen.</translation>
    </message>
    <message>
      <source>Waiting for the segmentation of {volume}.</source>
      <translation>Wartet auf die Segmentierung von {volume}.</translation>
    </message>
    <message>
      <source>Waiting for: {title}.</source>
      <translation>Wartet auf: {title}.</translation>
    </message>
    <message>
      <source>Comparing…</source>
      <translation>Vergleicht…</translation>
    </message>
    <message>
      <source>Move the mouse over a slice view. Where it rests, the network is asked.</source>
      <translation>Bewegen Sie die Maus über eine Schichtansicht. Wo sie ruht, wird das Netz gefragt.</translation>
    </message>
    <message>
      <source>The position view is hidden.</source>
      <translation>Die Positionsansicht ist ausgeblendet.</translation>
    </message>
    <message>
      <source>Click on a place of the body in a slice view. The right button cancels.</source>
      <translation>Klicken Sie in einer Schichtansicht auf eine Stelle des Körpers. Die rechte Maustaste bricht ab.</translation>
    </message>
    <message>
      <source>Place point will ask to install Python packages first.</source>
      <translation>„Punkt setzen“ fragt zuerst, ob Python-Pakete installiert werden sollen.</translation>
    </message>
    <message>
      <source>Press Place point and click on a place of the body in a slice view, or press Follow the mouse.</source>
      <translation>Drücken Sie Punkt setzen und klicken Sie in einer Schichtansicht auf eine Stelle des Körpers, oder drücken Sie Der Maus folgen.</translation>
    </message>
  </context>
  <context>
    <name>presenters.positionGrid</name>
    <message>
      <source>As trained</source>
      <translation>Wie trainiert</translation>
    </message>
    <message>
      <source>As trained ({grid})</source>
      <translation>Wie trainiert ({grid})</translation>
    </message>
    <message>
      <source>As many cells as trained; {mode}</source>
      <translation>So viele Zellen wie trainiert; {mode}</translation>
    </message>
    <message>
      <source>{n} x {n} {mode}</source>
      <translation>{n} x {n} {mode}</translation>
    </message>
    <message>
      <source>over the whole body</source>
      <translation>über den ganzen Körper</translation>
    </message>
    <message>
      <source>in true size</source>
      <translation>in wahrer Größe</translation>
    </message>
    <message>
      <source>laid as trained</source>
      <translation>gelegt wie trainiert</translation>
    </message>
  </context>
  <context>
    <name>presenters.positionModels</name>
    <message>
      <source>The model {name} is not on this computer.</source>
      <translation>Das Modell {name} ist nicht auf diesem Rechner.</translation>
    </message>
  </context>
  <context>
    <name>presenters.positionPair</name>
    <message>
      <source>match {value:.2f}</source>
      <translation>Treffer {value:.2f}</translation>
    </message>
  </context>
  <context>
    <name>presenters.positionPicture</name>
    <message>
      <source>{cell}
Similarity {similarity:.2f}
Probability {probability:.2f}
True overlap {overlap:.2f}</source>
      <translation>{cell}
Ähnlichkeit {similarity:.2f}
Wahrscheinlichkeit {probability:.2f}
Wahre Überlappung {overlap:.2f}</translation>
    </message>
  </context>
  <context>
    <name>presenters.positionSubject</name>
    <message>
      <source>Choose a CT volume above.</source>
      <translation>Wählen Sie oben ein CT-Volumen.</translation>
    </message>
    <message>
      <source>Choose another one, or import it above.</source>
      <translation>Wählen Sie ein anderes, oder importieren Sie es oben.</translation>
    </message>
    <message>
      <source>Looking at what the CT shows…</source>
      <translation>Es wird ermittelt, was das CT zeigt…</translation>
    </message>
    <message>
      <source>Choose a model, download one above, or choose a file of weights.</source>
      <translation>Wählen Sie ein Modell, laden Sie oben eines herunter, oder wählen Sie eine Datei mit Gewichten.</translation>
    </message>
    <message>
      <source>Not a model for this CT.</source>
      <translation>Kein Modell für dieses CT.</translation>
    </message>
  </context>
  <context>
    <name>presenters.positionWords</name>
    <message>
      <source>Similarity</source>
      <translation>Ähnlichkeit</translation>
    </message>
    <message>
      <source>Map: confidence</source>
      <translation>Karte: Sicherheit</translation>
    </message>
    <message>
      <source>Map: error, mm</source>
      <translation>Karte: Fehler, mm</translation>
    </message>
    <message>
      <source>Nothing</source>
      <translation>Nichts</translation>
    </message>
    <message>
      <source>Compared: {what}.</source>
      <translation>Verglichen: {what}.</translation>
    </message>
  </context>
  <context>
    <name>presenters.quickStart</name>
    <message>
      <source>Download a CT of the abdomen from the sample data of Slicer? It is kept for later.</source>
      <translation>Ein CT des Abdomens aus den Beispieldaten von Slicer herunterladen? Es wird für später aufbewahrt.</translation>
    </message>
    <message>
      <source>Sample CT</source>
      <translation>Beispiel-CT</translation>
    </message>
  </context>
  <context>
    <name>presenters.results</name>
    <message>
      <source>Folder for the files</source>
      <translation>Ordner für die Dateien</translation>
    </message>
    <message>
      <source>{names} is in this folder. Replace it?</source>
      <translation>{names} ist schon in diesem Ordner. Ersetzen?</translation>
    </message>
    <message>
      <source>Export files</source>
      <translation>Dateien exportieren</translation>
    </message>
    <message>
      <source>{names} cannot be written. Choose a folder that you can write to.</source>
      <translation>{names} kann nicht geschrieben werden. Wählen Sie einen Ordner, in den Sie schreiben dürfen.</translation>
    </message>
    <message>
      <source>Written to {folder}.</source>
      <translation>Nach {folder} geschrieben.</translation>
    </message>
    <message>
      <source>A DICOM SEG refers to the DICOM files of its CT, and this CT was not loaded from Slicer's DICOM database. Import its DICOM files with Add DICOM Data and segment it from there, or export files instead.</source>
      <translation>Ein DICOM SEG verweist auf die DICOM-Dateien seines CT, und dieses CT wurde nicht aus der DICOM-Datenbank von Slicer geladen. Importieren Sie seine DICOM-Dateien mit „Add DICOM Data“, und segmentieren Sie es von dort aus, oder exportieren Sie stattdessen Dateien.</translation>
    </message>
    <message>
      <source>Slicer writes DICOM SEG with the extension QuantitativeReporting, which is not installed. Install it in the Extensions Manager, or export files instead.</source>
      <translation>Slicer schreibt DICOM SEG mit der Erweiterung QuantitativeReporting, die nicht installiert ist. Installieren Sie sie mit der Erweiterungsverwaltung, oder exportieren Sie stattdessen Dateien.</translation>
    </message>
  </context>
  <context>
    <name>presenters.segmentation</name>
    <message>
      <source>Apply</source>
      <translation>Anwenden</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Abbrechen</translation>
    </message>
    <message>
      <source>Segments the volume.</source>
      <translation>Segmentiert das Volumen.</translation>
    </message>
    <message>
      <source>Stops {title}.</source>
      <translation>Bricht ab: {title}.</translation>
    </message>
    <message>
      <source>Choose a CT volume.</source>
      <translation>Wählen Sie ein CT-Volumen.</translation>
    </message>
    <message>
      <source>Choose at least one structure.</source>
      <translation>Wählen Sie mindestens eine Struktur.</translation>
    </message>
    <message>
      <source>Looking at what the CT shows…</source>
      <translation>Es wird ermittelt, was das CT zeigt…</translation>
    </message>
    <message>
      <source>Ready.</source>
      <translation>Bereit.</translation>
    </message>
    <message>
      <source>Ready. Apply will ask to install Python packages first.</source>
      <translation>Bereit. Anwenden fragt zuerst, ob Python-Pakete installiert werden sollen.</translation>
    </message>
    <message>
      <source>Ready. Apply will download the model first ({size}, once).</source>
      <translation>Bereit. Anwenden lädt zuerst das Modell herunter ({size}, einmalig).</translation>
    </message>
    <message>
      <source>The slice views show {volume} now.</source>
      <translation>Die Schichtansichten zeigen jetzt {volume}.</translation>
    </message>
  </context>
  <context>
    <name>presenters.server</name>
    <message>
      <source>Asking {server}…</source>
      <translation>{server} wird gefragt…</translation>
    </message>
    <message>
      <source>CTs that are segmented on {server} leave this computer, with their voxels and the name of their volume. Nothing else is sent, and the server keeps nothing. Use it?</source>
      <translation>CTs, die auf {server} segmentiert werden, verlassen diesen Rechner, mit ihren Voxeln und dem Namen ihres Volumens. Sonst wird nichts gesendet, und der Server behält nichts. Verwenden?</translation>
    </message>
    <message>
      <source>Server</source>
      <translation>Server</translation>
    </message>
  </context>
  <context>
    <name>presenters.severalVolumes</name>
    <message>
      <source>Not segmented:</source>
      <translation>Nicht segmentiert:</translation>
    </message>
    <message>
      <source>Download the model first.</source>
      <translation>Laden Sie zuerst das Modell herunter.</translation>
    </message>
  </context>
  <context>
    <name>scene.positionNodes</name>
    <message>
      <source>Position view of {volume}</source>
      <translation>Positionsansicht von {volume}</translation>
    </message>
    <message>
      <source>Position view</source>
      <translation>Positionsansicht</translation>
    </message>
  </context>
  <context>
    <name>scene.positionPoint</name>
    <message>
      <source>Position query</source>
      <translation>Fragepunkt</translation>
    </message>
  </context>
  <context>
    <name>scene.positionResults</name>
    <message>
      <source>Base crops</source>
      <translation>Basisausschnitte</translation>
    </message>
    <message>
      <source>Most similar base</source>
      <translation>Ähnlichster Basisausschnitt</translation>
    </message>
    <message>
      <source>Query crop</source>
      <translation>Frageausschnitt</translation>
    </message>
    <message>
      <source>Similarity</source>
      <translation>Ähnlichkeit</translation>
    </message>
    <message>
      <source>Position table</source>
      <translation>Positionstabelle</translation>
    </message>
    <message>
      <source>Position confidence</source>
      <translation>Sicherheit der Position</translation>
    </message>
    <message>
      <source>Position error, mm</source>
      <translation>Fehler der Position, mm</translation>
    </message>
    <message>
      <source>Match in {reference}</source>
      <translation>Treffer in {reference}</translation>
    </message>
    <message>
      <source>Similarity in {reference}</source>
      <translation>Ähnlichkeit in {reference}</translation>
    </message>
    <message>
      <source>Names of the bases</source>
      <translation>Namen der Basisausschnitte</translation>
    </message>
    <message>
      <source>Predicted centre</source>
      <translation>Vorhergesagte Mitte</translation>
    </message>
    <message>
      <source>Name of the predicted centre</source>
      <translation>Name der vorhergesagten Mitte</translation>
    </message>
    <message>
      <source>predicted</source>
      <translation>vorhergesagt</translation>
    </message>
    <message>
      <source>Confidence</source>
      <translation>Sicherheit</translation>
    </message>
    <message>
      <source>Error, mm</source>
      <translation>Fehler, mm</translation>
    </message>
    <message>
      <source>Position chart</source>
      <translation>Positionsdiagramm</translation>
    </message>
    <message>
      <source>Base</source>
      <translation>Basis</translation>
    </message>
    <message>
      <source>Probability</source>
      <translation>Wahrscheinlichkeit</translation>
    </message>
    <message>
      <source>Overlap</source>
      <translation>Überlappung</translation>
    </message>
  </context>
  <context>
    <name>scene.positionScene</name>
    <message>
      <source>match {value:.2f}</source>
      <translation>Treffer {value:.2f}</translation>
    </message>
  </context>
  <context>
    <name>scene.positionThreeD</name>
    <message>
      <source>Body surface</source>
      <translation>Körperoberfläche</translation>
    </message>
    <message>
      <source>Cells by similarity</source>
      <translation>Zellen nach Ähnlichkeit</translation>
    </message>
    <message>
      <source>From truth to prediction</source>
      <translation>Von der Wahrheit zur Vorhersage</translation>
    </message>
  </context>
  <context>
    <name>scene.segmentations</name>
    <message>
      <source>{volume} segmentation</source>
      <translation>Segmentierung von {volume}</translation>
    </message>
    <message>
      <source>{name} was changed while it was segmented: it has another size now.</source>
      <translation>{name} wurde während der Segmentierung verändert: Es hat jetzt eine andere Größe.</translation>
    </message>
    <message>
      <source>Segment it again.</source>
      <translation>Segmentieren Sie es noch einmal.</translation>
    </message>
  </context>
  <context>
    <name>scene.tables</name>
    <message>
      <source>{segmentation} statistics</source>
      <translation>Statistik von {segmentation}</translation>
    </message>
    <message>
      <source>Frame</source>
      <translation>Bild</translation>
    </message>
    <message>
      <source>Structure</source>
      <translation>Struktur</translation>
    </message>
    <message>
      <source>Volume, mL</source>
      <translation>Volumen, ml</translation>
    </message>
    <message>
      <source>Mean, HU</source>
      <translation>Mittelwert, HU</translation>
    </message>
    <message>
      <source>Voxels</source>
      <translation>Voxel</translation>
    </message>
    <message>
      <source>Look at</source>
      <translation>Ansehen</translation>
    </message>
  </context>
  <context>
    <name>scene.uncertainty</name>
    <message>
      <source>{segmentation} uncertainty</source>
      <translation>Unsicherheit von {segmentation}</translation>
    </message>
  </context>
  <context>
    <name>scene.volumes</name>
    <message>
      <source>{name} has no voxels.</source>
      <translation>{name} hat keine Voxel.</translation>
    </message>
    <message>
      <source>Choose another volume.</source>
      <translation>Wählen Sie ein anderes Volumen.</translation>
    </message>
    <message>
      <source>{name} has more than one value per voxel (colour or vectors).</source>
      <translation>{name} hat mehr als einen Wert pro Voxel (Farbe oder Vektoren).</translation>
    </message>
    <message>
      <source>Choose the original CT, which has one number per voxel.</source>
      <translation>Wählen Sie das ursprüngliche CT, das eine Zahl pro Voxel hat.</translation>
    </message>
    <message>
      <source>{name} has a single slice ({size} voxels).</source>
      <translation>{name} hat nur eine Schicht ({size} Voxel).</translation>
    </message>
    <message>
      <source>Choose a volume with all slices of the CT.</source>
      <translation>Wählen Sie ein Volumen mit allen Schichten des CT.</translation>
    </message>
    <message>
      <source>The geometry of {name} flattens the image.</source>
      <translation>Die Geometrie von {name} macht das Bild flach.</translation>
    </message>
    <message>
      <source>Correct its spacing and directions in the module Volumes, or its transform.</source>
      <translation>Korrigieren Sie Voxelabstand und Richtungen im Modul Volumes oder seine Transformation.</translation>
    </message>
    <message>
      <source>The region {name} has not been placed.</source>
      <translation>Die Region {name} ist nicht platziert.</translation>
    </message>
    <message>
      <source>Draw it over the volume, or choose no region.</source>
      <translation>Zeichnen Sie sie über das Volumen, oder wählen Sie keine Region.</translation>
    </message>
    <message>
      <source>{value} is not a node of the scene.</source>
      <translation>{value} ist kein Knoten der Szene.</translation>
    </message>
    <message>
      <source>Give the node itself, such as slicer.util.getNode(name).</source>
      <translation>Geben Sie den Knoten selbst an, etwa slicer.util.getNode(name).</translation>
    </message>
    <message>
      <source>{name} is no {kind}.</source>
      <translation>{name} ist kein {kind}.</translation>
    </message>
    <message>
      <source>{name} is not in the scene (any more).</source>
      <translation>{name} ist nicht (mehr) in der Szene.</translation>
    </message>
    <message>
      <source>Add it with slicer.mrmlScene.AddNode(node), or load it again.</source>
      <translation>Fügen Sie ihn mit slicer.mrmlScene.AddNode(node) hinzu, oder laden Sie ihn noch einmal.</translation>
    </message>
    <message>
      <source>No volume is selected.</source>
      <translation>Es ist kein Volumen gewählt.</translation>
    </message>
    <message>
      <source>Choose a CT volume.</source>
      <translation>Wählen Sie ein CT-Volumen.</translation>
    </message>
    <message>
      <source>{name} is a label map, not an image.</source>
      <translation>{name} ist eine Labelkarte, kein Bild.</translation>
    </message>
    <message>
      <source>{name} is not a volume.</source>
      <translation>{name} ist kein Volumen.</translation>
    </message>
    <message>
      <source>{volume} is segmented without its nonlinear transform {transform}.</source>
      <translation>{volume} wird ohne seine nichtlineare Transformation {transform} segmentiert.</translation>
    </message>
  </context>
  <context>
    <name>sections.closeGuard</name>
    <message>
      <source>Close Slicer</source>
      <translation>Slicer schließen</translation>
    </message>
  </context>
  <context>
    <name>sections.dialogs</name>
    <message>
      <source>Weights (*.safetensors *.pt *.pth *.ckpt);;All files (*)</source>
      <translation>Gewichte (*.safetensors *.pt *.pth *.ckpt);;Alle Dateien (*)</translation>
    </message>
  </context>
  <context>
    <name>sections.importDialog</name>
    <message>
      <source>Import weights</source>
      <translation>Gewichte importieren</translation>
    </message>
    <message>
      <source>What does {name} hold?</source>
      <translation>Was enthält {name}?</translation>
    </message>
    <message>
      <source>Name in the list:</source>
      <translation>Name in der Liste:</translation>
    </message>
    <message>
      <source>Weights written by VoCo, which say what they segment</source>
      <translation>Von VoCo geschriebene Gewichte, in denen steht, was sie segmentieren</translation>
    </message>
    <message>
      <source>The published weights of {title}</source>
      <translation>Die veröffentlichten Gewichte von {title}</translation>
    </message>
    <message>
      <source>Own weights, same network and structures as {title}</source>
      <translation>Eigene Gewichte, gleiches Netz und gleiche Strukturen wie {title}</translation>
    </message>
  </context>
  <context>
    <name>sections.modelSection</name>
    <message>
      <source>Import weights</source>
      <translation>Gewichte importieren</translation>
    </message>
  </context>
  <context>
    <name>sections.positionPicture</name>
    <message>
      <source>Similarity</source>
      <translation>Ähnlichkeit</translation>
    </message>
    <message>
      <source>this place</source>
      <translation>diese Stelle</translation>
    </message>
    <message>
      <source>predicted</source>
      <translation>vorhergesagt</translation>
    </message>
  </context>
  <context>
    <name>sections.positionSection</name>
    <message>
      <source>Show</source>
      <translation>Einblenden</translation>
    </message>
    <message>
      <source>Hide</source>
      <translation>Ausblenden</translation>
    </message>
    <message>
      <source>Weights with an encoder</source>
      <translation>Gewichte mit einem Encoder</translation>
    </message>
  </context>
  <context>
    <name>sections.serverDialog</name>
    <message>
      <source>Server</source>
      <translation>Server</translation>
    </message>
    <message>
      <source>A computer on which `voco serve` runs can segment in place of this one. Ask its owner:</source>
      <translation>Ein Rechner, auf dem `voco serve` läuft, kann anstelle von diesem segmentieren. Fragen Sie, wer ihn betreibt:</translation>
    </message>
    <message>
      <source>Address:</source>
      <translation>Adresse:</translation>
    </message>
    <message>
      <source>Token:</source>
      <translation>Token:</translation>
    </message>
    <message>
      <source>Certificate:</source>
      <translation>Zertifikat:</translation>
    </message>
    <message>
      <source>PEM file; only if it is not a public one</source>
      <translation>PEM-Datei; nur wenn es kein öffentliches ist</translation>
    </message>
  </context>
  <context>
    <name>sections.slicerFrontEnd</name>
    <message>
      <source>The sample CT cannot be loaded.</source>
      <translation>Das Beispiel-CT kann nicht geladen werden.</translation>
    </message>
  </context>
  <context>
    <name>sections.storageSection</name>
    <message>
      <source>The folder {folder} cannot be made: {reason}.</source>
      <translation>Der Ordner {folder} kann nicht angelegt werden: {reason}.</translation>
    </message>
    <message>
      <source>The background process has ended and given its memory back.</source>
      <translation>Der Hintergrundprozess ist beendet und hat seinen Speicher freigegeben.</translation>
    </message>
  </context>
  <context>
    <name>sections.structureSection</name>
    <message>
      <source>Structures (all {total})</source>
      <translation>Strukturen (alle {total})</translation>
    </message>
    <message>
      <source>Structures ({count} of {total})</source>
      <translation>Strukturen ({count} von {total})</translation>
    </message>
  </context>
  <context>
    <name>VoCoSegmentationLib.texts</name>
    <message>
      <source>{seconds} s</source>
      <translation>{seconds} s</translation>
    </message>
    <message>
      <source>{minutes} min</source>
      <translation>{minutes} min</translation>
    </message>
    <message>
      <source>{hours:.1f} h</source>
      <translation>{hours:.1f} h</translation>
    </message>
    <message>
      <source>{megabytes:.0f} MB</source>
      <translation>{megabytes:.0f} MB</translation>
    </message>
    <message>
      <source>{gigabytes:.1f} GB</source>
      <translation>{gigabytes:.1f} GB</translation>
    </message>
    <message>
      <source>the processor</source>
      <translation>dem Prozessor</translation>
    </message>
    <message>
      <source>the graphics card ({identifier})</source>
      <translation>der Grafikkarte ({identifier})</translation>
    </message>
    <message>
      <source>Whole volume: about {time}, {memory} of {free} free memory, on {device}.</source>
      <translation>Ganzes Volumen: etwa {time}, {memory} von {free} freiem Speicher, auf {device}.</translation>
    </message>
    <message>
      <source>That does not fit: choose a region of interest or a smaller model.</source>
      <translation>Das passt nicht hinein: Wählen Sie eine Region oder ein kleineres Modell.</translation>
    </message>
    <message>
      <source>{title}: waiting for {other}</source>
      <translation>{title}: wartet auf {other}</translation>
    </message>
    <message>
      <source>{title}: waiting</source>
      <translation>{title}: wartet</translation>
    </message>
    <message>
      <source>{title}: {progress}</source>
      <translation>{title}: {progress}</translation>
    </message>
    <message>
      <source>{title}: cancelling…</source>
      <translation>{title}: wird abgebrochen…</translation>
    </message>
    <message>
      <source>{title}: {result}</source>
      <translation>{title}: {result}</translation>
    </message>
    <message>
      <source>done.</source>
      <translation>fertig.</translation>
    </message>
    <message>
      <source>{title} failed: {error}</source>
      <translation>{title} ist fehlgeschlagen: {error}</translation>
    </message>
    <message>
      <source>{title}: {error}</source>
      <translation>{title}: {error}</translation>
    </message>
    <message>
      <source>starting PyTorch</source>
      <translation>PyTorch wird gestartet</translation>
    </message>
    <message>
      <source>loading the model</source>
      <translation>Modell wird geladen</translation>
    </message>
    <message>
      <source>finding the body</source>
      <translation>Körper wird gesucht</translation>
    </message>
    <message>
      <source>segmenting</source>
      <translation>Segmentierung läuft</translation>
    </message>
    <message>
      <source>downloading</source>
      <translation>Herunterladen</translation>
    </message>
    <message>
      <source>importing</source>
      <translation>Importieren</translation>
    </message>
    <message>
      <source>Trying OpenVINO on this processor</source>
      <translation>OpenVINO wird auf diesem Prozessor erprobt</translation>
    </message>
    <message>
      <source>Base crops</source>
      <translation>Basisausschnitte</translation>
    </message>
    <message>
      <source>Query crops</source>
      <translation>Frageausschnitte</translation>
    </message>
    <message>
      <source>Comparing crops</source>
      <translation>Ausschnitte werden verglichen</translation>
    </message>
    <message>
      <source>Position map</source>
      <translation>Positionskarte</translation>
    </message>
    <message>
      <source>Searching the reference</source>
      <translation>Das andere CT wird durchsucht</translation>
    </message>
    <message>
      <source>Refining the match</source>
      <translation>Der Treffer wird verfeinert</translation>
    </message>
    <message>
      <source>Checking the volumes</source>
      <translation>Die Volumen werden geprüft</translation>
    </message>
    <message>
      <source>Preparing the volumes</source>
      <translation>Vorbereitung der Volumen</translation>
    </message>
    <message>
      <source>Sending the CT</source>
      <translation>Das CT wird gesendet</translation>
    </message>
    <message>
      <source>Waiting on the server</source>
      <translation>Warten auf dem Server</translation>
    </message>
    <message>
      <source>projection head</source>
      <translation>Projektionskopf</translation>
    </message>
    <message>
      <source>centred backbone features</source>
      <translation>zentrierte Merkmale des Encoders</translation>
    </message>
    <message>
      <source>starting…</source>
      <translation>beginnt…</translation>
    </message>
    <message>
      <source>{percent} %</source>
      <translation>{percent} %</translation>
    </message>
    <message>
      <source>{time} left</source>
      <translation>noch {time}</translation>
    </message>
    <message>
      <source>head</source>
      <translation>Kopf</translation>
    </message>
    <message>
      <source>neck</source>
      <translation>Hals</translation>
    </message>
    <message>
      <source>chest</source>
      <translation>Thorax</translation>
    </message>
    <message>
      <source>abdomen</source>
      <translation>Abdomen</translation>
    </message>
    <message>
      <source>pelvis</source>
      <translation>Becken</translation>
    </message>
    <message>
      <source>legs</source>
      <translation>Beine</translation>
    </message>
    <message>
      <source>VoCo's synthetic torso</source>
      <translation>den synthetischen Rumpf von VoCo</translation>
    </message>
    <message>
      <source>not found</source>
      <translation>nicht gefunden</translation>
    </message>
    <message>
      <source>cut by the edge of the image</source>
      <translation>am Bildrand abgeschnitten</translation>
    </message>
    <message>
      <source>small: {value:.3g} mL, usual is more than {limit:g}</source>
      <translation>klein: {value:.3g} ml, üblich sind mehr als {limit:g}</translation>
    </message>
    <message>
      <source>large: {value:.3g} mL, usual is less than {limit:g}</source>
      <translation>groß: {value:.3g} ml, üblich sind weniger als {limit:g}</translation>
    </message>
    <message>
      <source>dark: {value:.0f} HU, usual is more than {limit:g}</source>
      <translation>dunkel: {value:.0f} HU, üblich sind mehr als {limit:g}</translation>
    </message>
    <message>
      <source>bright: {value:.0f} HU, usual is less than {limit:g}</source>
      <translation>hell: {value:.0f} HU, üblich sind weniger als {limit:g}</translation>
    </message>
    <message>
      <source>in {count} pieces</source>
      <translation>in {count} Teilen</translation>
    </message>
    <message>
      <source>on the other side of {partner}</source>
      <translation>auf der anderen Seite von {partner}</translation>
    </message>
    <message>
      <source>{structure} ({remarks})</source>
      <translation>{structure} ({remarks})</translation>
    </message>
    <message>
      <source>Look at: {structures}.</source>
      <translation>Bitte ansehen: {structures}.</translation>
    </message>
    <message>
      <source>Cut by the edge of the image: {structures}.</source>
      <translation>Am Bildrand abgeschnitten: {structures}.</translation>
    </message>
    <message>
      <source>Nothing implausible.</source>
      <translation>Nichts Unplausibles.</translation>
    </message>
    <message>
      <source>This model knows {known} only; this CT is another one.</source>
      <translation>Dieses Modell kennt nur {known}; dieses CT ist ein anderes.</translation>
    </message>
    <message>
      <source>This model knows {known}; this CT seems to show {shown}.</source>
      <translation>Dieses Modell kennt {known}; dieses CT zeigt anscheinend {shown}.</translation>
    </message>
    <message>
      <source>No model here is for {shown}.</source>
      <translation>Kein Modell hier ist für {shown}.</translation>
    </message>
    <message>
      <source>The body region of this CT was not recognised.</source>
      <translation>Die Körperregion dieses CT wurde nicht erkannt.</translation>
    </message>
  </context>
  <context>
    <name>PositionSection</name>
    <message>
      <source>What the model knows about where it is.</source>
      <translation>Was das Modell darüber weiß, wo es ist.</translation>
    </message>
    <message>
      <source>Position</source>
      <translation>Position</translation>
    </message>
    <message>
      <source>Model:</source>
      <translation>Modell:</translation>
    </message>
    <message>
      <source>The network whose encoder compares places. One that was pre-trained with VoCo has learned it.</source>
      <translation>Das Netz, dessen Encoder Orte vergleicht. Eines, das mit VoCo vortrainiert ist, hat das gelernt.</translation>
    </message>
    <message>
      <source>Takes the encoder from a file of weights.</source>
      <translation>Nimmt den Encoder aus einer Datei mit Gewichten.</translation>
    </message>
    <message>
      <source>File…</source>
      <translation>Datei…</translation>
    </message>
    <message>
      <source>Grid:</source>
      <translation>Raster:</translation>
    </message>
    <message>
      <source>The cells that places are compared with: as many from right to left as from back to front. Over the whole body, the body is stretched into one grid; in true size, grids of a fixed size lie one above the other.</source>
      <translation>Die Zellen, mit denen Stellen verglichen werden: so viele von rechts nach links wie von hinten nach vorn. Über den ganzen Körper: der Körper wird in ein Gitter gestreckt; in wahrer Größe: Gitter fester Größe liegen übereinander.</translation>
    </message>
    <message>
      <source>Point:</source>
      <translation>Punkt:</translation>
    </message>
    <message>
      <source>The point to ask about. Of several points in a list, the one that was moved last counts. Drag it, and the answer follows.</source>
      <translation>Der Punkt, nach dem gefragt wird. Von mehreren Punkten einer Liste zählt der zuletzt bewegte. Ziehen Sie ihn, und die Antwort folgt.</translation>
    </message>
    <message>
      <source>None</source>
      <translation>Keine</translation>
    </message>
    <message>
      <source>The next click in a slice view places the point.</source>
      <translation>Der nächste Klick in einer Schichtansicht setzt den Punkt.</translation>
    </message>
    <message>
      <source>Place point</source>
      <translation>Punkt setzen</translation>
    </message>
    <message>
      <source>The answer follows the mouse in the slice views, without a click. A map is made first, so that it is there at once; where the mouse rests, the network itself is asked.</source>
      <translation>Die Antwort folgt der Maus in den Schichtansichten, ohne Klick. Zuerst entsteht eine Karte, damit sie sofort da ist; wo die Maus ruht, wird das Netz selbst gefragt.</translation>
    </message>
    <message>
      <source>Follow the mouse</source>
      <translation>Der Maus folgen</translation>
    </message>
    <message>
      <source>Asks all over the body: where is the model sure of the position, and where is it wrong?</source>
      <translation>Fragt im ganzen Körper: Wo ist das Modell der Position sicher, und wo irrt es sich?</translation>
    </message>
    <message>
      <source>Map</source>
      <translation>Karte</translation>
    </message>
    <message>
      <source>Stops what the position view is doing.</source>
      <translation>Bricht ab, was die Positionsansicht gerade tut.</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Abbrechen</translation>
    </message>
    <message>
      <source>Colours:</source>
      <translation>Farben:</translation>
    </message>
    <message>
      <source>What is shown in colours over the CT.</source>
      <translation>Was in Farben über dem CT gezeigt wird.</translation>
    </message>
    <message>
      <source>How much the colours cover the CT.</source>
      <translation>Wie stark die Farben das CT überdecken.</translation>
    </message>
    <message>
      <source>Other CT:</source>
      <translation>Anderes CT:</translation>
    </message>
    <message>
      <source>Where is this place in another patient? Choose the CT of that patient.</source>
      <translation>Wo ist diese Stelle in einem anderen Patienten? Wählen Sie das CT dieses Patienten.</translation>
    </message>
    <message>
      <source>This CT on the left, the other one on the right, which goes where the mouse is on the left. Both are compared once; that takes a while.</source>
      <translation>Dieses CT links, das andere rechts; es geht dorthin, wo links die Maus ist. Beide werden einmal verglichen; das dauert etwas.</translation>
    </message>
    <message>
      <source>Side by side</source>
      <translation>Nebeneinander</translation>
    </message>
    <message>
      <source>Looks all over the other CT for the place that looks most like the one at the point.</source>
      <translation>Sucht im ganzen anderen CT nach der Stelle, die der am Punkt am ähnlichsten ist.</translation>
    </message>
    <message>
      <source>Find there</source>
      <translation>Dort suchen</translation>
    </message>
    <message>
      <source>Slice views with the other CT jump to the match; if there are none, all show the other CT until you press Hide or Remove.</source>
      <translation>Schichtansichten mit dem anderen CT springen zum Treffer; gibt es keine, zeigen alle das andere CT, bis Sie Ausblenden oder Entfernen drücken.</translation>
    </message>
    <message>
      <source>Show the match in the slice views</source>
      <translation>Treffer in den Schichtansichten zeigen</translation>
    </message>
    <message>
      <source>Shows the body in 3D, its cells lit by similarity, and an arrow from this place to the predicted one.</source>
      <translation>Zeigt den Körper in 3D, seine Zellen nach Ähnlichkeit erleuchtet, und einen Pfeil von dieser Stelle zur vorhergesagten.</translation>
    </message>
    <message>
      <source>Show in 3D</source>
      <translation>In 3D zeigen</translation>
    </message>
    <message>
      <source>Writes a figure of the answer as PNG (300 dpi) and PDF, and its numbers as CSV.</source>
      <translation>Schreibt eine Abbildung der Antwort als PNG (300 dpi) und PDF, und ihre Zahlen als CSV.</translation>
    </message>
    <message>
      <source>Figure…</source>
      <translation>Abbildung…</translation>
    </message>
    <message>
      <source>The numbers of all cells.</source>
      <translation>Die Zahlen aller Zellen.</translation>
    </message>
    <message>
      <source>Numbers</source>
      <translation>Zahlen</translation>
    </message>
    <message>
      <source>One row a cell; the picture and the axial view have the same names. Similarity is what the model finds, probability what it makes of it, overlap the truth.</source>
      <translation>Eine Zeile je Zelle; Bild und axiale Ansicht haben dieselben Namen. Ähnlichkeit ist, was das Modell findet, Wahrscheinlichkeit, was es daraus macht, Überlappung die Wahrheit.</translation>
    </message>
    <message>
      <source>Shows the numbers in the table of the layout.</source>
      <translation>Zeigt die Zahlen in der Tabelle des Layouts.</translation>
    </message>
    <message>
      <source>Table</source>
      <translation>Tabelle</translation>
    </message>
    <message>
      <source>Shows the numbers as bars in the plot of the layout.</source>
      <translation>Zeigt die Zahlen als Balken im Diagramm des Layouts.</translation>
    </message>
    <message>
      <source>Plot</source>
      <translation>Diagramm</translation>
    </message>
    <message>
      <source>Hides everything of the position view, or shows it again. The slice views get back what they showed before.</source>
      <translation>Blendet alles aus, was zur Positionsansicht gehört, oder wieder ein. Die Schichtansichten zeigen wieder, was sie vorher zeigten.</translation>
    </message>
    <message>
      <source>Hide</source>
      <translation>Ausblenden</translation>
    </message>
    <message>
      <source>Removes everything of the position view from the scene, and nothing else.</source>
      <translation>Entfernt alles aus der Szene, was zur Positionsansicht gehört, und nichts anderes.</translation>
    </message>
    <message>
      <source>Remove</source>
      <translation>Entfernen</translation>
    </message>
  </context>
  <context>
    <name>VoCoLib</name>
    <message>
      <source>Segments 13 abdominal organs of the synthetic torso CT that VoCo generates itself; for demonstration and tests only.</source>
      <translation>Segmentiert 13 Bauchorgane des synthetischen Rumpf-CT, das VoCo selbst erzeugt; nur zur Vorführung und für Tests.</translation>
    </message>
    <message>
      <source>Trained on synthetic CT only.</source>
      <translation>Nur mit synthetischem CT trainiert.</translation>
    </message>
    <message>
      <source>Not for clinical use.</source>
      <translation>Nicht für den klinischen Einsatz.</translation>
    </message>
    <message>
      <source>Encoder and projection heads pre-trained with VoCo on the synthetic torso CT, without labels; for the position view, demonstration and tests only.</source>
      <translation>Encoder und Projektionsköpfe, mit VoCo auf dem synthetischen Rumpf-CT ohne Label vortrainiert; nur für die Positionsansicht, zur Vorführung und für Tests.</translation>
    </message>
    <message>
      <source>Segments seven organs at risk in CT of the head and neck at about 4 mm, trained on OpenKBP.</source>
      <translation>Segmentiert sieben Risikoorgane im CT von Kopf und Hals mit etwa 4 mm, trainiert mit OpenKBP.</translation>
    </message>
    <message>
      <source>Training data: github.com/ababier/open-kbp, MIT as its repository states.</source>
      <translation>Trainingsdaten: github.com/ababier/open-kbp, laut Repository unter der MIT-Lizenz.</translation>
    </message>
    <message>
      <source>The CT come from The Cancer Imaging Archive; the terms of those collections are not verified.</source>
      <translation>Die CT stammen aus The Cancer Imaging Archive; die Bedingungen dieser Sammlungen sind nicht geprüft.</translation>
    </message>
    <message>
      <source>Segments 20 organs and lesions in CT of chest and abdomen.</source>
      <translation>Segmentiert 20 Organe und Läsionen im CT von Thorax und Abdomen.</translation>
    </message>
    <message>
      <source>Not verified: no licence file for these weights is known, and the terms of the data that they were trained on were not checked.</source>
      <translation>Nicht geprüft: Zu diesen Gewichten ist keine Lizenzdatei bekannt, und die Bedingungen der Daten, mit denen sie trainiert wurden, wurden nicht geprüft.</translation>
    </message>
    <message>
      <source>Ask the authors before any use beyond your own research.</source>
      <translation>Fragen Sie die Autoren vor jeder Nutzung, die über Ihre eigene Forschung hinausgeht.</translation>
    </message>
    <message>
      <source>Encoder pre-trained on 160,000 CT without labels; for the position panel and as a start for fine-tuning; without projection heads.</source>
      <translation>Encoder, auf 160.000 CT ohne Label vortrainiert; für die Positionsansicht und als Ausgangspunkt für Feintuning; ohne Projektionsköpfe.</translation>
    </message>
    <message>
      <source>Segments 20 organs and lesions in CT with nnU-Net.</source>
      <translation>Segmentiert 20 Organe und Läsionen im CT mit nnU-Net.</translation>
    </message>
    <message>
      <source>It is an nnU-Net checkpoint, which needs nnU-Net's own network and planner.</source>
      <translation>Es ist ein Checkpoint von nnU-Net, der dessen eigenes Netz und dessen Planung braucht.</translation>
    </message>
    <message>
      <source>{0} has a table (Modality LUT) instead of HU.</source>
      <translation>{0} hat eine Tabelle (Modality LUT) statt HU.</translation>
    </message>
    <message>
      <source>Use the CT itself.</source>
      <translation>Verwenden Sie das CT selbst.</translation>
    </message>
    <message>
      <source>The files' padding value stands for {0} HU, which tissue has; it was not taken for padding.</source>
      <translation>Der Füllwert der Dateien steht für {0} HU, die auch Gewebe hat; er wurde nicht als Füllung gewertet.</translation>
    </message>
    <message>
      <source>The files call their values {0}, but only as {1} ones they are HU; read as such.</source>
      <translation>Die Dateien nennen ihre Werte {0}, aber nur als {1} sind es HU; so wurden sie gelesen.</translation>
    </message>
    <message>
      <source>The files say that they are {0}, not CT.</source>
      <translation>Laut den Dateien sind sie {0}, nicht CT.</translation>
    </message>
    <message>
      <source>The files say that their values are {0}, not HU.</source>
      <translation>Laut den Dateien sind ihre Werte {0}, nicht HU.</translation>
    </message>
    <message>
      <source>{0} has no Rescale Slope and Intercept, and its values, {1} and more, are no HU: even air is not below -200.</source>
      <translation>{0} hat weder Rescale Slope noch Intercept, und seine Werte ab {1} sind keine HU: Selbst Luft liegt nicht unter -200.</translation>
    </message>
    <message>
      <source>Export the original CT again.</source>
      <translation>Exportieren Sie das ursprüngliche CT noch einmal.</translation>
    </message>
    <message>
      <source>Rescale Slope or Intercept is missing; the values were taken for HU.</source>
      <translation>Rescale Slope oder Intercept fehlt; die Werte wurden als HU genommen.</translation>
    </message>
    <message>
      <source>The gantry was tilted by {0} degrees; the grid is sheared.</source>
      <translation>Die Gantry war um {0} Grad gekippt; das Gitter ist geschert.</translation>
    </message>
    <message>
      <source>{0} could not be written: a DICOM SEG refers to the CT's files, and {1}.</source>
      <translation>{0} konnte nicht geschrieben werden: Ein DICOM SEG verweist auf die Dateien des CT, und {1}.</translation>
    </message>
    <message>
      <source>Write a .seg.nrrd instead.</source>
      <translation>Schreiben Sie stattdessen eine .seg.nrrd.</translation>
    </message>
    <message>
      <source>images of no modality</source>
      <translation>Bilder ohne Modalität</translation>
    </message>
    <message>
      <source>computed from others</source>
      <translation>aus anderen berechnet</translation>
    </message>
    <message>
      <source>{0} cannot be opened: {1}.</source>
      <translation>{0} kann nicht geöffnet werden: {1}.</translation>
    </message>
    <message>
      <source>Check its permissions.</source>
      <translation>Prüfen Sie die Zugriffsrechte.</translation>
    </message>
    <message>
      <source>{0} holds no DICOM series, no slices of a volume{1}.</source>
      <translation>{0} enthält keine DICOM-Serie, keine Schichten eines Volumens{1}.</translation>
    </message>
    <message>
      <source>Name the folder that holds the CT's DICOM files.</source>
      <translation>Nennen Sie den Ordner mit den DICOM-Dateien des CT.</translation>
    </message>
    <message>
      <source>{0} series that are</source>
      <translation>{0} Serien der Art</translation>
    </message>
    <message>
      <source>There are: {0}.</source>
      <translation>Vorhanden: {0}.</translation>
    </message>
    <message>
      <source>{0} has several slices at the same position, and only their order tells them apart: {1}.</source>
      <translation>{0} hat mehrere Schichten an derselben Position, und nur ihre Reihenfolge unterscheidet sie: {1}.</translation>
    </message>
    <message>
      <source>series {0} has a single slice</source>
      <translation>Serie {0} hat nur eine Schicht</translation>
    </message>
    <message>
      <source>series {0} lacks slices: {1}</source>
      <translation>in Serie {0} fehlen Schichten: {1}</translation>
    </message>
    <message>
      <source>series {0} is no volume: {1}</source>
      <translation>Serie {0} ist kein Volumen: {1}</translation>
    </message>
    <message>
      <source>Name a file, or a DICOM folder, with all slices of the CT.</source>
      <translation>Nennen Sie eine Datei oder einen DICOM-Ordner mit allen Schichten des CT.</translation>
    </message>
    <message>
      <source>slices {0} and {1} are {2} mm apart, those beside {3} mm</source>
      <translation>die Schichten {0} und {1} sind {2} mm voneinander entfernt, die daneben {3} mm</translation>
    </message>
    <message>
      <source>The slices are {0} to {1} mm apart; {2} mm is used for all.</source>
      <translation>Die Schichten sind {0} bis {1} mm voneinander entfernt; für alle werden {2} mm verwendet.</translation>
    </message>
    <message>
      <source>between {0} and {1} mm (slices {2} and {3}, {4} mm apart)</source>
      <translation>zwischen {0} und {1} mm (Schichten {2} und {3}, {4} mm voneinander entfernt)</translation>
    </message>
    <message>
      <source>Slices are missing {0}.</source>
      <translation>Es fehlen Schichten: {0}.</translation>
    </message>
    <message>
      <source>The slices are {0} to {1} mm apart.</source>
      <translation>Die Schichten sind {0} bis {1} mm voneinander entfernt.</translation>
    </message>
    <message>
      <source>They were resampled along their real positions to {0} mm; what lies between slices is interpolated.</source>
      <translation>Sie wurden entlang ihrer tatsächlichen Positionen auf {0} mm neu abgetastet; was zwischen den Schichten liegt, ist interpoliert.</translation>
    </message>
    <message>
      <source>Left out of the series: {0}.</source>
      <translation>Aus der Serie ausgelassen: {0}.</translation>
    </message>
    <message>
      <source>Read series {0}.</source>
      <translation>Gelesene Serie: {0}.</translation>
    </message>
    <message>
      <source>No part of a volume, left out: {0}.</source>
      <translation>Nicht Teil eines Volumens, ausgelassen: {0}.</translation>
    </message>
    <message>
      <source>The DICOM modality is {0}, not CT.</source>
      <translation>Die DICOM-Modalität ist {0}, nicht CT.</translation>
    </message>
    <message>
      <source>The files have pixels of {0} x {1} mm; the given spacing was not used.</source>
      <translation>Die Dateien haben Pixel von {0} x {1} mm; der angegebene Abstand wurde nicht verwendet.</translation>
    </message>
    <message>
      <source>{0} has no usable Pixel Spacing, so the size of its voxels is not known.</source>
      <translation>{0} hat keinen brauchbaren Pixelabstand (Pixel Spacing), daher ist die Größe der Voxel unbekannt.</translation>
    </message>
    <message>
      <source>Export or download it again.</source>
      <translation>Exportieren Sie es noch einmal, oder laden Sie es noch einmal herunter.</translation>
    </message>
    <message>
      <source>{0} lacks slices: {1}.</source>
      <translation>In {0} fehlen Schichten: {1}.</translation>
    </message>
    <message>
      <source>Export the complete series again.</source>
      <translation>Exportieren Sie die vollständige Serie noch einmal.</translation>
    </message>
    <message>
      <source>{0} is no volume: {1}.</source>
      <translation>{0} ist kein Volumen: {1}.</translation>
    </message>
    <message>
      <source>Export the series again.</source>
      <translation>Exportieren Sie die Serie noch einmal.</translation>
    </message>
    <message>
      <source>The slices of {0} are {1} mm apart, not {2} mm.</source>
      <translation>Die Schichten von {0} sind {1} mm voneinander entfernt, nicht {2} mm.</translation>
    </message>
    <message>
      <source>These models know only CT; for MRI, TotalSegmentator has the task total_mr.</source>
      <translation>Diese Modelle kennen nur CT; für MRT hat TotalSegmentator die Aufgabe total_mr.</translation>
    </message>
    <message>
      <source>{0} does not exist.</source>
      <translation>{0} gibt es nicht.</translation>
    </message>
    <message>
      <source>Check the path.</source>
      <translation>Prüfen Sie den Pfad.</translation>
    </message>
    <message>
      <source>{0} and {1} must be two files or two folders.</source>
      <translation>{0} und {1} müssen zwei Dateien oder zwei Ordner sein.</translation>
    </message>
    <message>
      <source>The folder {0} holds no label map.</source>
      <translation>Der Ordner {0} enthält keine Labelkarte.</translation>
    </message>
    <message>
      <source>{0} has no reference for {1}{2}.</source>
      <translation>{0} hat keine Referenz für {1}{2}.</translation>
    </message>
    <message>
      <source>Give prediction and reference the same file names.</source>
      <translation>Geben Sie Vorhersage und Referenz dieselben Dateinamen.</translation>
    </message>
    <message>
      <source>{0} has no row for {1}.</source>
      <translation>{0} hat keine Zeile für {1}.</translation>
    </message>
    <message>
      <source>{0} holds the value {1}, which neither it nor the model names.</source>
      <translation>{0} enthält den Wert {1}, den weder die Datei noch das Modell benennt.</translation>
    </message>
    <message>
      <source>Score it with the model that it belongs to, or as a .seg.nrrd, which has names.</source>
      <translation>Bewerten Sie sie mit dem Modell, zu dem sie gehört, oder als .seg.nrrd, in der Namen stehen.</translation>
    </message>
    <message>
      <source>{0} is not there.</source>
      <translation>{0} ist nicht vorhanden.</translation>
    </message>
    <message>
      <source>A fine-tuning writes it when it measures its held-back cases.</source>
      <translation>Ein Feintuning schreibt die Datei, wenn es an seinen zurückgehaltenen Fällen misst.</translation>
    </message>
    <message>
      <source>{0} is no table of cases and Dice: {1}.</source>
      <translation>{0} ist keine Tabelle mit Fällen und Dice: {1}.</translation>
    </message>
    <message>
      <source>{0} was held back in two of these runs.</source>
      <translation>{0} wurde in zwei dieser Läufe zurückgehalten.</translation>
    </message>
    <message>
      <source>Name each fold once.</source>
      <translation>Nennen Sie jeden Fold nur einmal.</translation>
    </message>
    <message>
      <source>None of these runs has scored a case.</source>
      <translation>Keiner dieser Läufe hat einen Fall bewertet.</translation>
    </message>
    <message>
      <source>{0} of {1} structures found.</source>
      <translation>{0} von {1} Strukturen gefunden.</translation>
    </message>
    <message>
      <source>Nothing implausible.</source>
      <translation>Nichts Unplausibles.</translation>
    </message>
    <message>
      <source>Look at: {0}.</source>
      <translation>Bitte ansehen: {0}.</translation>
    </message>
    <message>
      <source>Cut by the edge of the image: {0}.</source>
      <translation>Am Bildrand abgeschnitten: {0}.</translation>
    </message>
    <message>
      <source>The prediction and the reference are not on the same grid: {0} against {1}.</source>
      <translation>Vorhersage und Referenz liegen nicht auf demselben Gitter: {0} gegenüber {1}.</translation>
    </message>
    <message>
      <source>Resample one of them to the grid of the other.</source>
      <translation>Bringen Sie eines von beiden auf das Gitter des anderen.</translation>
    </message>
    <message>
      <source>{0} has no column {1}.</source>
      <translation>{0} hat keine Spalte {1}.</translation>
    </message>
    <message>
      <source>It needs the columns file and not_contoured (names separated by spaces).</source>
      <translation>Sie braucht die Spalten file und not_contoured (Namen durch Leerzeichen getrennt).</translation>
    </message>
    <message>
      <source>{0} cannot be read: {1}.</source>
      <translation>{0} kann nicht gelesen werden: {1}.</translation>
    </message>
    <message>
      <source>Give a CSV in UTF-8.</source>
      <translation>Geben Sie eine CSV-Datei in UTF-8 an.</translation>
    </message>
    <message>
      <source>{0} matches several labels: {1}.</source>
      <translation>{0} passt auf mehrere Label: {1}.</translation>
    </message>
    <message>
      <source>Write more of the name.</source>
      <translation>Schreiben Sie mehr von dem Namen.</translation>
    </message>
    <message>
      <source>{0} matches no label.</source>
      <translation>{0} passt auf kein Label.</translation>
    </message>
    <message>
      <source>The labels are: {0}.</source>
      <translation>Die Label sind: {0}.</translation>
    </message>
    <message>
      <source>No label has the value {0}.</source>
      <translation>Kein Label hat den Wert {0}.</translation>
    </message>
    <message>
      <source>Name labels of the model.</source>
      <translation>Nennen Sie Label des Modells.</translation>
    </message>
    <message>
      <source>The prediction and the reference must be volumes of one shape, not {0} and {1}.</source>
      <translation>Vorhersage und Referenz müssen Volumen derselben Form sein, nicht {0} und {1}.</translation>
    </message>
    <message>
      <source>The {0} holds {1} values.</source>
      <translation>{0}: enthält Werte vom Typ {1}.</translation>
    </message>
    <message>
      <source>A label map holds whole numbers.</source>
      <translation>Eine Labelkarte enthält ganze Zahlen.</translation>
    </message>
    <message>
      <source>{0} is a folder.</source>
      <translation>{0} ist ein Ordner.</translation>
    </message>
    <message>
      <source>Name a file in it.</source>
      <translation>Nennen Sie eine Datei darin.</translation>
    </message>
    <message>
      <source>{0} needs about {1}, but its disk has {2} left.</source>
      <translation>{0} braucht etwa {1}, aber auf dem Datenträger sind noch {2} frei.</translation>
    </message>
    <message>
      <source>Free some space or choose another disk.</source>
      <translation>Schaffen Sie Platz, oder wählen Sie einen anderen Datenträger.</translation>
    </message>
    <message>
      <source>the disk is full or gone</source>
      <translation>der Datenträger ist voll oder nicht mehr da</translation>
    </message>
    <message>
      <source>the disk is full</source>
      <translation>der Datenträger ist voll</translation>
    </message>
    <message>
      <source>{0} cannot be read or written: {1}.</source>
      <translation>{0} kann nicht gelesen oder geschrieben werden: {1}.</translation>
    </message>
    <message>
      <source>Look whether its disk is connected and has space, then start again.</source>
      <translation>Sehen Sie nach, ob der Datenträger verbunden ist und Platz hat, und starten Sie noch einmal.</translation>
    </message>
    <message>
      <source>{0} could not be written: {1}.</source>
      <translation>{0} konnte nicht geschrieben werden: {1}.</translation>
    </message>
    <message>
      <source>Choose a folder that you can write to.</source>
      <translation>Wählen Sie einen Ordner, in den Sie schreiben dürfen.</translation>
    </message>
    <message>
      <source>Check the path for typing errors.</source>
      <translation>Prüfen Sie den Pfad auf Tippfehler.</translation>
    </message>
    <message>
      <source>Repair or delete it.</source>
      <translation>Reparieren oder löschen Sie die Datei.</translation>
    </message>
    <message>
      <source>{0} is not an image of the kind its name says, or its header is damaged ({1}).</source>
      <translation>{0} ist kein Bild der Art, die der Name angibt, oder die Kopfdaten sind beschädigt ({1}).</translation>
    </message>
    <message>
      <source>{0} is truncated or damaged: not all of its voxels can be read ({1}).</source>
      <translation>{0} ist abgeschnitten oder beschädigt: Nicht alle Voxel können gelesen werden ({1}).</translation>
    </message>
    <message>
      <source>{0} is a {1}D image; a CT volume has 3 axes.</source>
      <translation>{0} ist ein {1}D-Bild; ein CT-Volumen hat 3 Achsen.</translation>
    </message>
    <message>
      <source>{0} has {1} axes ({2}): several time points or channels.</source>
      <translation>{0} hat {1} Achsen ({2}): mehrere Zeitpunkte oder Kanäle.</translation>
    </message>
    <message>
      <source>Save one 3D volume of it to a file.</source>
      <translation>Speichern Sie ein 3D-Volumen daraus in einer Datei.</translation>
    </message>
    <message>
      <source>{0} has a single slice ({1} voxels).</source>
      <translation>{0} hat nur eine Schicht ({1} Voxel).</translation>
    </message>
    <message>
      <source>{0} has more than one value per voxel (colour, vectors or complex numbers).</source>
      <translation>{0} hat mehr als einen Wert pro Voxel (Farbe, Vektoren oder komplexe Zahlen).</translation>
    </message>
    <message>
      <source>A CT has one number per voxel: use the original image, not a rendering of it.</source>
      <translation>Ein CT hat eine Zahl pro Voxel: Verwenden Sie das ursprüngliche Bild, nicht eine Darstellung davon.</translation>
    </message>
    <message>
      <source>{0} has a voxel size of {1} mm in its header.</source>
      <translation>{0} hat laut Kopfdaten eine Voxelgröße von {1} mm.</translation>
    </message>
    <message>
      <source>{0} has NaN or infinity in its position matrix.</source>
      <translation>{0} hat NaN oder unendlich in der Positionsmatrix.</translation>
    </message>
    <message>
      <source>{0} has a position matrix that flattens the image.</source>
      <translation>{0} hat eine Positionsmatrix, die das Bild flach macht.</translation>
    </message>
    <message>
      <source>{0} has voxels of {1} mm, which no CT of a patient has.</source>
      <translation>{0} hat Voxel von {1} mm, wie sie kein CT eines Patienten hat.</translation>
    </message>
    <message>
      <source>Correct the header, or convert the original CT again.</source>
      <translation>Korrigieren Sie die Kopfdaten, oder konvertieren Sie das ursprüngliche CT noch einmal.</translation>
    </message>
    <message>
      <source>{0} is truncated: its header promises {1} voxels, which take at least {2} bytes, but the file has {3}.</source>
      <translation>{0} ist abgeschnitten: Laut Kopfdaten sind es {1} Voxel, die mindestens {2} Byte brauchen, aber die Datei hat {3}.</translation>
    </message>
    <message>
      <source>{0} has {1} voxels that are NaN or infinite, the first at index ({2}, {3}, {4}).</source>
      <translation>{0} hat {1} Voxel, die NaN oder unendlich sind, das erste am Index ({2}, {3}, {4}).</translation>
    </message>
    <message>
      <source>Replace them with -1024 (air) if they are padding, or convert the CT again.</source>
      <translation>Ersetzen Sie sie durch -1024 (Luft), wenn sie Füllung sind, oder konvertieren Sie das CT noch einmal.</translation>
    </message>
    <message>
      <source>Every voxel of {0} has the value {1}.</source>
      <translation>Jedes Voxel von {0} hat den Wert {1}.</translation>
    </message>
    <message>
      <source>{0} shows only air: no voxel is above {1} HU.</source>
      <translation>{0} zeigt nur Luft: Kein Voxel liegt über {1} HU.</translation>
    </message>
    <message>
      <source>Check that the file is the CT of a patient, in HU.</source>
      <translation>Prüfen Sie, ob die Datei das CT eines Patienten ist, in HU.</translation>
    </message>
    <message>
      <source>The name {0} is not UTF-8, and cannot be read: {1}.</source>
      <translation>Der Name {0} ist nicht UTF-8 und kann nicht gelesen werden: {1}.</translation>
    </message>
    <message>
      <source>Rename it.</source>
      <translation>Benennen Sie die Datei um.</translation>
    </message>
    <message>
      <source>The voxels lie between {0} and {1}: these look like display values, not HU.</source>
      <translation>Die Voxel liegen zwischen {0} und {1}: Das sehen nach Anzeigewerten aus, nicht nach HU.</translation>
    </message>
    <message>
      <source>The result will be unreliable; use the original CT.</source>
      <translation>Das Ergebnis wird unzuverlässig sein; verwenden Sie das ursprüngliche CT.</translation>
    </message>
    <message>
      <source>The voxels lie between {0} and {1} and do not look like HU (another modality, such as MRI, or a CT that was not rescaled).</source>
      <translation>Die Voxel liegen zwischen {0} und {1} und sehen nicht nach HU aus (eine andere Modalität wie MRT, oder ein CT, das nicht umgerechnet wurde).</translation>
    </message>
    <message>
      <source>The result will be unreliable.</source>
      <translation>Das Ergebnis wird unzuverlässig sein.</translation>
    </message>
    <message>
      <source>{0} does not exist: it is a link without a target.</source>
      <translation>{0} gibt es nicht: Es ist ein Verweis ohne Ziel.</translation>
    </message>
    <message>
      <source>Fetch what it stands for, or remove it.</source>
      <translation>Holen Sie das, wofür er steht, oder entfernen Sie ihn.</translation>
    </message>
    <message>
      <source>{0} cannot be read: the reader crashed ({1}).</source>
      <translation>{0} kann nicht gelesen werden: Das Leseprogramm ist abgestürzt ({1}).</translation>
    </message>
    <message>
      <source>Please report it, and leave it out or convert it meanwhile.</source>
      <translation>Bitte melden Sie das, und lassen Sie die Datei solange aus, oder konvertieren Sie sie.</translation>
    </message>
    <message>
      <source>{0} cannot be read ({1}: {2}).</source>
      <translation>{0} kann nicht gelesen werden ({1}: {2}).</translation>
    </message>
    <message>
      <source>space directions</source>
      <translation>Raumrichtungen (space directions)</translation>
    </message>
    <message>
      <source>has no space and space directions</source>
      <translation>hat weder Raum (space) noch Raumrichtungen (space directions)</translation>
    </message>
    <message>
      <source>has no anatomical space</source>
      <translation>hat keinen anatomischen Raum</translation>
    </message>
    <message>
      <source>{0} is packed with bzip2, which ITK and Slicer cannot read.</source>
      <translation>{0} ist mit bzip2 gepackt, was ITK und Slicer nicht lesen können.</translation>
    </message>
    <message>
      <source>Save it with gzip or without compression: unu save -e gzip -f nrrd -i IN -o OUT.</source>
      <translation>Speichern Sie die Datei mit gzip oder ohne Kompression: unu save -e gzip -f nrrd -i IN -o OUT.</translation>
    </message>
    <message>
      <source>{0} of {1} bytes</source>
      <translation>{0} von {1} Byte</translation>
    </message>
    <message>
      <source>{0} holds no mask of the structures of {1}.</source>
      <translation>{0} enthält keine Maske der Strukturen von {1}.</translation>
    </message>
    <message>
      <source>Name the files after the structures: liver.nii.gz.</source>
      <translation>Benennen Sie die Dateien nach den Strukturen: liver.nii.gz.</translation>
    </message>
    <message>
      <source>{0} is on another grid than {1} beside it.</source>
      <translation>{0} liegt auf einem anderen Gitter als {1} daneben.</translation>
    </message>
    <message>
      <source>Resample it to the image's grid.</source>
      <translation>Bringen Sie es auf das Gitter des Bildes.</translation>
    </message>
    <message>
      <source>{0} holds the value {1}, which is in none of its segments.</source>
      <translation>{0} enthält den Wert {1}, der in keinem der Segmente vorkommt.</translation>
    </message>
    <message>
      <source>Save the segmentation again in Slicer.</source>
      <translation>Speichern Sie die Segmentierung noch einmal in Slicer.</translation>
    </message>
    <message>
      <source>the data set</source>
      <translation>der Datensatz</translation>
    </message>
    <message>
      <source>{0} has a segment '{1}' with the terminology of {2}.</source>
      <translation>{0} hat ein Segment „{1}“ mit der Terminologie von {2}.</translation>
    </message>
    <message>
      <source>Correct its name or its terminology in Slicer.</source>
      <translation>Korrigieren Sie in Slicer seinen Namen oder seine Terminologie.</translation>
    </message>
    <message>
      <source>{0} has two segments for {1}: '{2}' and '{3}'.</source>
      <translation>{0} hat zwei Segmente für {1}: „{2}“ und „{3}“.</translation>
    </message>
    <message>
      <source>Merge or rename one.</source>
      <translation>Vereinigen Sie sie, oder benennen Sie eines um.</translation>
    </message>
    <message>
      <source>calls that value '{0}'</source>
      <translation>nennt diesen Wert „{0}“</translation>
    </message>
    <message>
      <source>does not have it</source>
      <translation>hat ihn nicht</translation>
    </message>
    <message>
      <source>{0} calls the value {1} '{2}', but {3} {4}.</source>
      <translation>{0} nennt den Wert {1} „{2}“, aber {3} {4}.</translation>
    </message>
    <message>
      <source>Give the structure one name in both.</source>
      <translation>Geben Sie der Struktur in beiden denselben Namen.</translation>
    </message>
    <message>
      <source>gives no orientation (qform and sform code 0)</source>
      <translation>gibt keine Orientierung an (qform- und sform-Code 0)</translation>
    </message>
    <message>
      <source>The file's two positions, qform and sform, are up to {0} mm apart{1}.</source>
      <translation>Die beiden Positionen der Datei, qform und sform, liegen bis zu {0} mm auseinander{1}.</translation>
    </message>
    <message>
      <source>The {0} was taken, as Slicer does; programs that take the {1} see the image elsewhere.</source>
      <translation>Verwendet wurde {0}, wie Slicer es tut; Programme, die {1} verwenden, sehen das Bild an anderer Stelle.</translation>
    </message>
    <message>
      <source>The file {0}: left and right are not known.</source>
      <translation>Die Datei {0}: Links und rechts sind nicht bekannt.</translation>
    </message>
    <message>
      <source>Its axes were taken to grow towards {0}, {1}.</source>
      <translation>Es wurde angenommen, dass ihre Achsen nach {0}, {1} wachsen.</translation>
    </message>
    <message>
      <source>its voxels do not look like HU.</source>
      <translation>seine Voxel sehen nicht nach HU aus.</translation>
    </message>
    <message>
      <source>Segmentations cannot be written as {0}.</source>
      <translation>Segmentierungen können nicht als {0} geschrieben werden.</translation>
    </message>
    <message>
      <source>Use a name that ends in {0}.</source>
      <translation>Verwenden Sie einen Namen, der auf {0} endet.</translation>
    </message>
    <message>
      <source>{0} cannot be written: a DICOM SEG refers to DICOM files, and the input is none.</source>
      <translation>{0} kann nicht geschrieben werden: Ein DICOM SEG verweist auf DICOM-Dateien, und die Eingabe besteht nicht aus solchen.</translation>
    </message>
    <message>
      <source>Name a .seg.nrrd or .nii.gz file, or the CT's DICOM folder as the input.</source>
      <translation>Nennen Sie eine Datei .seg.nrrd oder .nii.gz, oder als Eingabe den DICOM-Ordner des CT.</translation>
    </message>
    <message>
      <source>{0} gives two of its segments the same voxels.</source>
      <translation>{0} gibt zwei Segmenten dieselben Voxel.</translation>
    </message>
    <message>
      <source>{0} is no label map: not all of its voxels are whole numbers of 16 bits.</source>
      <translation>{0} ist keine Labelkarte: Nicht alle Voxel sind ganze Zahlen mit 16 Bit.</translation>
    </message>
    <message>
      <source>Check that it is the segmentation and not the image.</source>
      <translation>Prüfen Sie, ob es die Segmentierung ist und nicht das Bild.</translation>
    </message>
    <message>
      <source>{0} cannot be opened: no permission to read it.</source>
      <translation>{0} kann nicht geöffnet werden: Die Leseberechtigung fehlt.</translation>
    </message>
    <message>
      <source>Change its permissions.</source>
      <translation>Ändern Sie die Zugriffsrechte.</translation>
    </message>
    <message>
      <source>{0} is empty (0 bytes).</source>
      <translation>{0} ist leer (0 Byte).</translation>
    </message>
    <message>
      <source>{0} does not fit into the memory of this machine.</source>
      <translation>{0} passt nicht in den Arbeitsspeicher dieses Rechners.</translation>
    </message>
    <message>
      <source>Close other programs, or crop the image.</source>
      <translation>Schließen Sie andere Programme, oder schneiden Sie das Bild zu.</translation>
    </message>
    <message>
      <source>{0} is packed with {1}.</source>
      <translation>{0} ist mit {1} gepackt.</translation>
    </message>
    <message>
      <source>Unpack it first.</source>
      <translation>Entpacken Sie die Datei zuerst.</translation>
    </message>
    <message>
      <source>{0} is not an image of the kind its name says, or its header is damaged.</source>
      <translation>{0} ist kein Bild der Art, die der Name angibt, oder die Kopfdaten sind beschädigt.</translation>
    </message>
    <message>
      <source>{0} is no image file that can be read.</source>
      <translation>{0} ist keine lesbare Bilddatei.</translation>
    </message>
    <message>
      <source>Use {0}, or name the folder that holds a CT's DICOM files.</source>
      <translation>Verwenden Sie {0}, oder nennen Sie den Ordner mit den DICOM-Dateien eines CT.</translation>
    </message>
    <message>
      <source>{0} is DICOM.</source>
      <translation>{0} ist DICOM.</translation>
    </message>
    <message>
      <source>Use the label map as NIfTI or NRRD.</source>
      <translation>Verwenden Sie die Labelkarte als NIfTI oder NRRD.</translation>
    </message>
    <message>
      <source>{0} is one file, but there are {1} inputs.</source>
      <translation>{0} ist eine Datei, aber es gibt {1} Eingaben.</translation>
    </message>
    <message>
      <source>Name a folder.</source>
      <translation>Nennen Sie einen Ordner.</translation>
    </message>
    <message>
      <source>Found {0} volumes in {1}.</source>
      <translation>{0} Volumen in {1} gefunden.</translation>
    </message>
    <message>
      <source>The folder {0} holds no image file and no DICOM series.</source>
      <translation>Der Ordner {0} enthält keine Bilddatei und keine DICOM-Serie.</translation>
    </message>
    <message>
      <source>Name a folder with {0} files, or the one with the CT's DICOM files.</source>
      <translation>Nennen Sie einen Ordner mit {0}-Dateien oder den mit den DICOM-Dateien des CT.</translation>
    </message>
    <message>
      <source>The model has no structure '{0}'.</source>
      <translation>Das Modell hat keine Struktur „{0}“.</translation>
    </message>
    <message>
      <source>the grid is sheared; the NIfTI result gets one of right angles.</source>
      <translation>das Gitter ist geschert; das NIfTI-Ergebnis erhält ein rechtwinkliges.</translation>
    </message>
    <message>
      <source>{0} is done already.</source>
      <translation>{0} ist schon fertig.</translation>
    </message>
    <message>
      <source>Memory does not suffice for {0}.</source>
      <translation>Der Arbeitsspeicher reicht nicht für {0}.</translation>
    </message>
    <message>
      <source>Please report it, with the lines above.</source>
      <translation>Bitte melden Sie das, mit den Zeilen darüber.</translation>
    </message>
    <message>
      <source>Two inputs have the same name: {0} and {1} would both become {2}.</source>
      <translation>Zwei Eingaben haben denselben Namen: Aus {0} und {1} würde beide Male {2}.</translation>
    </message>
    <message>
      <source>Segment them into different folders.</source>
      <translation>Segmentieren Sie sie in verschiedene Ordner.</translation>
    </message>
    <message>
      <source>{0} is an input.</source>
      <translation>{0} ist eine Eingabe.</translation>
    </message>
    <message>
      <source>Choose another name or folder.</source>
      <translation>Wählen Sie einen anderen Namen oder Ordner.</translation>
    </message>
    <message>
      <source>{0} exists, and is no table of an earlier segmentation.</source>
      <translation>{0} gibt es schon, und es ist keine Tabelle einer früheren Segmentierung.</translation>
    </message>
    <message>
      <source>The measures would replace it.</source>
      <translation>Die Messwerte würden sie ersetzen.</translation>
    </message>
    <message>
      <source>Choose another name or folder, or move it.</source>
      <translation>Wählen Sie einen anderen Namen oder Ordner, oder verschieben Sie sie.</translation>
    </message>
    <message>
      <source>Several workers need Ray, which is not installed.</source>
      <translation>Mehrere Arbeitsprozesse brauchen Ray, das nicht installiert ist.</translation>
    </message>
    <message>
      <source>pip install ray, on each machine.</source>
      <translation>pip install ray, auf jedem Rechner.</translation>
    </message>
    <message>
      <source>The Ray cluster {0} cannot be reached: {1}.</source>
      <translation>Der Ray-Cluster {0} ist nicht erreichbar: {1}.</translation>
    </message>
    <message>
      <source>Look whether it runs: ray status</source>
      <translation>Sehen Sie nach, ob er läuft: ray status</translation>
    </message>
    <message>
      <source>Ray has {0} machine(s): {1}.</source>
      <translation>Ray hat {0} Rechner: {1}.</translation>
    </message>
    <message>
      <source>{0}: its worker ended ({1}).</source>
      <translation>{0}: Der Arbeitsprozess endete ({1}).</translation>
    </message>
    <message>
      <source>It may need more memory than there is.</source>
      <translation>Vielleicht braucht es mehr Arbeitsspeicher, als da ist.</translation>
    </message>
    <message>
      <source>Unknown device '{0}'.</source>
      <translation>Unbekanntes Gerät „{0}“.</translation>
    </message>
    <message>
      <source>Use auto, cpu, cuda or cuda:N.</source>
      <translation>Verwenden Sie auto, cpu, cuda oder cuda:N.</translation>
    </message>
    <message>
      <source>No device '{0}' here: PyTorch {1} sees {2} CUDA GPUs.</source>
      <translation>Das Gerät „{0}“ gibt es hier nicht: PyTorch {1} sieht {2} CUDA-Grafikkarten.</translation>
    </message>
    <message>
      <source>Unknown precision '{0}'.</source>
      <translation>Unbekannte Genauigkeit „{0}“.</translation>
    </message>
    <message>
      <source>Use auto, {0}.</source>
      <translation>Verwenden Sie auto, {0}.</translation>
    </message>
    <message>
      <source>float16 needs a GPU.</source>
      <translation>float16 braucht eine Grafikkarte.</translation>
    </message>
    <message>
      <source>Use bfloat16 or float32 on a CPU.</source>
      <translation>Verwenden Sie auf einem Prozessor bfloat16 oder float32.</translation>
    </message>
    <message>
      <source>Unknown engine '{0}'.</source>
      <translation>Unbekannte Rechenbibliothek „{0}“.</translation>
    </message>
    <message>
      <source>OpenVINO does not compute on '{0}'.</source>
      <translation>OpenVINO rechnet nicht auf „{0}“.</translation>
    </message>
    <message>
      <source>OpenVINO {0} or newer is not installed.</source>
      <translation>OpenVINO {0} oder neuer ist nicht installiert.</translation>
    </message>
    <message>
      <source>Install it: pip install openvino.</source>
      <translation>Installieren Sie es: pip install openvino.</translation>
    </message>
    <message>
      <source>Use auto, {0} or int8.</source>
      <translation>Verwenden Sie auto, {0} oder int8.</translation>
    </message>
    <message>
      <source>int8 is for processors, with OpenVINO.</source>
      <translation>int8 gibt es auf Prozessoren, mit OpenVINO.</translation>
    </message>
    <message>
      <source>{0} computes: in a trial here a window took {1} s with OpenVINO {2} and {3} s with PyTorch, both in {4}.</source>
      <translation>{0} rechnet: In einer Probe brauchte ein Fenster hier mit OpenVINO {1} s, {2}, und mit PyTorch {3} s, beide in {4}.</translation>
    </message>
    <message>
      <source>OpenVINO cannot be used ({0}).</source>
      <translation>OpenVINO ist nicht verwendbar ({0}).</translation>
    </message>
    <message>
      <source>Going on with PyTorch.</source>
      <translation>Weiter mit PyTorch.</translation>
    </message>
    <message>
      <source>Out of memory ({0}).</source>
      <translation>Der Speicher reicht nicht ({0}).</translation>
    </message>
    <message>
      <source>Going on with PyTorch instead of OpenVINO.</source>
      <translation>Weiter mit PyTorch statt OpenVINO.</translation>
    </message>
    <message>
      <source>an answer beyond {0}</source>
      <translation>eine Antwort jenseits von {0}</translation>
    </message>
    <message>
      <source>The network answers with NaN or infinity.</source>
      <translation>Das Netz antwortet mit NaN oder unendlich.</translation>
    </message>
    <message>
      <source>Its weights are damaged, or the image holds such values.</source>
      <translation>Seine Gewichte sind beschädigt, oder das Bild enthält solche Werte.</translation>
    </message>
    <message>
      <source>float16 overflowed.</source>
      <translation>float16 ist übergelaufen.</translation>
    </message>
    <message>
      <source>Going on in float32.</source>
      <translation>Weiter in float32.</translation>
    </message>
    <message>
      <source>Memory does not suffice for one window at a time in {0}: {1}.</source>
      <translation>Der Speicher reicht nicht einmal für ein einzelnes Fenster in {0}: {1}.</translation>
    </message>
    <message>
      <source>Close other programs, choose a region of interest or a smaller model.</source>
      <translation>Schließen Sie andere Programme, wählen Sie eine Region oder ein kleineres Modell.</translation>
    </message>
    <message>
      <source>Going on with {0}.</source>
      <translation>Weiter mit {0}.</translation>
    </message>
    <message>
      <source>{0} exists, and is no manifest of earlier segmentations.</source>
      <translation>{0} gibt es schon, und es ist kein Verzeichnis früherer Segmentierungen.</translation>
    </message>
    <message>
      <source>Move it, or choose another folder.</source>
      <translation>Verschieben Sie die Datei, oder wählen Sie einen anderen Ordner.</translation>
    </message>
    <message>
      <source>The segmentation was cancelled.</source>
      <translation>Die Segmentierung wurde abgebrochen.</translation>
    </message>
    <message>
      <source>The region {0} to {1} (RAS, mm) has no extent.</source>
      <translation>Die Region {0} bis {1} (RAS, mm) hat keine Ausdehnung.</translation>
    </message>
    <message>
      <source>The region {0} to {1} (RAS, mm) lies outside the image.</source>
      <translation>Die Region {0} bis {1} (RAS, mm) liegt außerhalb des Bildes.</translation>
    </message>
    <message>
      <source>Place it over the image.</source>
      <translation>Legen Sie sie über das Bild.</translation>
    </message>
    <message>
      <source>There is no body in the region.</source>
      <translation>In der Region ist kein Körper.</translation>
    </message>
    <message>
      <source>Place it over the patient.</source>
      <translation>Legen Sie sie über den Patienten.</translation>
    </message>
    <message>
      <source>The image has no voxel above {0} HU, so no body to segment.</source>
      <translation>Das Bild hat kein Voxel über {0} HU, also keinen Körper, der segmentiert werden könnte.</translation>
    </message>
    <message>
      <source>Check that it is a CT in Hounsfield units.</source>
      <translation>Prüfen Sie, ob es ein CT in Hounsfield-Einheiten ist.</translation>
    </message>
    <message>
      <source>{0} cannot be resampled: {1}.</source>
      <translation>{0} kann nicht neu abgetastet werden: {1}.</translation>
    </message>
    <message>
      <source>{0} is too large: with voxels of {1} mm it would have {2} of them.</source>
      <translation>{0} ist zu groß: Mit Voxeln von {1} mm wären es {2}.</translation>
    </message>
    <message>
      <source>Check the voxel size in its header, or crop the image.</source>
      <translation>Prüfen Sie die Voxelgröße in den Kopfdaten, oder schneiden Sie das Bild zu.</translation>
    </message>
    <message>
      <source>{0} has no voxel above {1} HU.</source>
      <translation>{0} hat kein Voxel über {1} HU.</translation>
    </message>
    <message>
      <source>Check that it is the CT of a patient.</source>
      <translation>Prüfen Sie, ob es das CT eines Patienten ist.</translation>
    </message>
    <message>
      <source>Abdomen and trunk; a grid covers 288 x 288 x 96 mm.</source>
      <translation>Abdomen und Rumpf; ein Raster deckt 288 x 288 x 96 mm ab.</translation>
    </message>
    <message>
      <source>Chest, in the lung window; a grid covers 240 x 240 x 320 mm.</source>
      <translation>Thorax, im Lungenfenster; ein Raster deckt 240 x 240 x 320 mm ab.</translation>
    </message>
    <message>
      <source>Head and neck, short slabs, mixed regions; a grid covers the whole body.</source>
      <translation>Kopf und Hals, kurze Abschnitte, gemischte Regionen; ein Raster deckt den ganzen Körper ab.</translation>
    </message>
    <message>
      <source>As head-neck with crops of 42^3, for small machines; a grid covers the whole body.</source>
      <translation>Wie head-neck mit Ausschnitten von 42^3, für kleine Rechner; ein Raster deckt den ganzen Körper ab.</translation>
    </message>
    <message>
      <source>Any region at 5 mm, in minutes, to fine-tune from; a grid covers 510 x 510 x 170 mm.</source>
      <translation>Jede Region mit 5 mm, in Minuten, als Anfang für ein Feintuning; ein Gitter umfasst 510 x 510 x 170 mm.</translation>
    </message>
    <message>
      <source>The CVPR 2024 version; a grid covers the whole body.</source>
      <translation>Die Version von CVPR 2024; ein Raster deckt den ganzen Körper ab.</translation>
    </message>
    <message>
      <source>There is no preset {0}.</source>
      <translation>Die Voreinstellung {0} gibt es nicht.</translation>
    </message>
    <message>
      <source>not downloaded</source>
      <translation>nicht heruntergeladen</translation>
    </message>
    <message>
      <source>Did you mean {0}?</source>
      <translation>Meinten Sie {0}?</translation>
    </message>
    <message>
      <source>There is no model {0}.</source>
      <translation>Das Modell {0} gibt es nicht.</translation>
    </message>
    <message>
      <source>The weights of {0} are not here ({1}).</source>
      <translation>Die Gewichte von {0} sind nicht hier ({1}).</translation>
    </message>
    <message>
      <source>Delete it.</source>
      <translation>Löschen Sie es.</translation>
    </message>
    <message>
      <source>The licence of the weights of {0} is {1}.</source>
      <translation>Die Lizenz der Gewichte von {0} ist {1}.</translation>
    </message>
    <message>
      <source>{0} is not a file.</source>
      <translation>{0} ist keine Datei.</translation>
    </message>
    <message>
      <source>There already is a model {0}.</source>
      <translation>Ein Modell {0} gibt es schon.</translation>
    </message>
    <message>
      <source>Remove it first, or choose another id.</source>
      <translation>Entfernen Sie es zuerst, oder wählen Sie eine andere Kennung.</translation>
    </message>
    <message>
      <source>{0} is part of VoCo and cannot be removed.</source>
      <translation>{0} ist Teil von VoCo und kann nicht entfernt werden.</translation>
    </message>
    <message>
      <source>was never verified</source>
      <translation>wurde nie geprüft</translation>
    </message>
    <message>
      <source>has {0} bytes instead of {1}</source>
      <translation>hat {0} Byte statt {1}</translation>
    </message>
    <message>
      <source>has changed: its SHA-256 is not the recorded one</source>
      <translation>hat sich verändert: Die SHA-256 ist nicht die aufgezeichnete</translation>
    </message>
    <message>
      <source>{0} is part of VoCo and needs no import.</source>
      <translation>{0} ist Teil von VoCo und muss nicht importiert werden.</translation>
    </message>
    <message>
      <source>{0} is not the published {1}: its SHA-256 is {2}, not {3}.</source>
      <translation>{0} ist nicht das veröffentlichte {1}: Die SHA-256 ist {2}, nicht {3}.</translation>
    </message>
    <message>
      <source>The folder of models {0} cannot be written: {1}.</source>
      <translation>Der Ordner der Modelle {0} kann nicht geschrieben werden: {1}.</translation>
    </message>
    <message>
      <source>{0} is not supported: {1}</source>
      <translation>{0} wird nicht unterstützt: {1}</translation>
    </message>
    <message>
      <source>The installation of VoCo is incomplete: install it again.</source>
      <translation>Die Installation von VoCo ist unvollständig: Installieren Sie es noch einmal.</translation>
    </message>
    <message>
      <source>{0} is a checkpoint of a training of this project, to go on from.</source>
      <translation>{0} ist ein Checkpoint eines Trainings dieses Projekts, zum Fortsetzen.</translation>
    </message>
    <message>
      <source>Its model so far is in the folder of the run: import {0}</source>
      <translation>Sein bisheriges Modell liegt im Ordner des Laufs: Importieren Sie {0}</translation>
    </message>
    <message>
      <source>{0} holds weights but no recipe (preset, preprocessing, labels).</source>
      <translation>{0} enthält Gewichte, aber keine Beschreibung (Voreinstellung, Vorverarbeitung, Label).</translation>
    </message>
    <message>
      <source>Name the published model whose weights they are.</source>
      <translation>Nennen Sie das veröffentlichte Modell, dessen Gewichte es sind.</translation>
    </message>
    <message>
      <source>{0}: id is used twice.</source>
      <translation>{0}: id kommt zweimal vor.</translation>
    </message>
    <message>
      <source>{0}: must be an object, not {1}.</source>
      <translation>{0}: Es muss ein Objekt sein, nicht {1}.</translation>
    </message>
    <message>
      <source>{0}: {1} is not a known field.</source>
      <translation>{0}: {1} ist kein bekanntes Feld.</translation>
    </message>
    <message>
      <source>{0}: {1} is missing.</source>
      <translation>{0}: {1} fehlt.</translation>
    </message>
    <message>
      <source>{0}: {1} must be {2}, not {3}.</source>
      <translation>{0}: {1} muss {2} sein, nicht {3}.</translation>
    </message>
    <message>
      <source>Downloads need the Python package huggingface_hub.</source>
      <translation>Zum Herunterladen wird das Python-Paket huggingface_hub gebraucht.</translation>
    </message>
    <message>
      <source>Install it.</source>
      <translation>Installieren Sie es.</translation>
    </message>
    <message>
      <source>{0} could not be downloaded: {1}</source>
      <translation>{0} konnte nicht heruntergeladen werden: {1}</translation>
    </message>
    <message>
      <source>Check the connection (and HTTPS_PROXY, HF_ENDPOINT, HF_HUB_OFFLINE where set) and repeat: what has arrived is kept.</source>
      <translation>Prüfen Sie die Verbindung (und HTTPS_PROXY, HF_ENDPOINT, HF_HUB_OFFLINE, falls gesetzt), und wiederholen Sie es: Was schon da ist, bleibt erhalten.</translation>
    </message>
    <message>
      <source>the answer holds no commit or size, so it does not come from Hugging Face</source>
      <translation>die Antwort enthält weder Commit noch Größe, kommt also nicht von Hugging Face</translation>
    </message>
    <message>
      <source>{0} MB more are needed on the disk of {1}</source>
      <translation>{0} MB mehr werden auf dem Datenträger von {1} gebraucht</translation>
    </message>
    <message>
      <source>{0} sent another file than expected: its SHA-256 is {1}, not {2}.</source>
      <translation>{0} hat eine andere Datei geschickt als erwartet: Die SHA-256 ist {1}, nicht {2}.</translation>
    </message>
    <message>
      <source>It was discarded.</source>
      <translation>Sie wurde verworfen.</translation>
    </message>
    <message>
      <source>Repeat the download; if that does not help, ask its authors.</source>
      <translation>Wiederholen Sie das Herunterladen; wenn das nicht hilft, fragen Sie die Autoren.</translation>
    </message>
    <message>
      <source>The download was cancelled.</source>
      <translation>Das Herunterladen wurde abgebrochen.</translation>
    </message>
    <message>
      <source>The next one continues it.</source>
      <translation>Beim nächsten Mal geht es dort weiter.</translation>
    </message>
    <message>
      <source>{0} and {1} cannot be averaged: their {2} differ.</source>
      <translation>{0} und {1} können nicht gemittelt werden: {2} ist verschieden.</translation>
    </message>
    <message>
      <source>Name models that were trained alike, such as the folds of a cross-validation.</source>
      <translation>Nennen Sie Modelle, die gleich trainiert wurden, etwa die Folds einer Kreuzvalidierung.</translation>
    </message>
    <message>
      <source>OpenVINO does not average several models.</source>
      <translation>OpenVINO mittelt nicht über mehrere Modelle.</translation>
    </message>
    <message>
      <source>{0} networks do not fit into memory together.</source>
      <translation>{0} Netze passen nicht zusammen in den Speicher.</translation>
    </message>
    <message>
      <source>Close other programs, or name fewer.</source>
      <translation>Schließen Sie andere Programme, oder nennen Sie weniger.</translation>
    </message>
    <message>
      <source>Two labels mean {0}: {1}.</source>
      <translation>Zwei Label bedeuten {0}: {1}.</translation>
    </message>
    <message>
      <source>Rename one.</source>
      <translation>Benennen Sie eines um.</translation>
    </message>
    <message>
      <source>{0} names no labels.</source>
      <translation>{0} nennt keine Label.</translation>
    </message>
    <message>
      <source>It needs "labels": {{"1": "Liver", ...}}.</source>
      <translation>Nötig ist "labels": {{"1": "Liver", ...}}.</translation>
    </message>
    <message>
      <source>{0} must name each label value, 1 to 255, once.</source>
      <translation>{0} muss jeden Labelwert, 1 bis 255, einmal nennen.</translation>
    </message>
    <message>
      <source>{0} gives the label value {1} no name.</source>
      <translation>{0} gibt dem Labelwert {1} keinen Namen.</translation>
    </message>
    <message>
      <source>Name it.</source>
      <translation>Geben Sie ihm einen Namen.</translation>
    </message>
    <message>
      <source>{0} ignores {1}.</source>
      <translation>{0} lässt {1} unbeachtet.</translation>
    </message>
    <message>
      <source>Give "ignore" a number of 1 to 255.</source>
      <translation>Geben Sie "ignore" eine Zahl von 1 bis 255.</translation>
    </message>
    <message>
      <source>{0} ignores {1}, which is also {2}.</source>
      <translation>{0} lässt {1} unbeachtet, was auch {2} ist.</translation>
    </message>
    <message>
      <source>Change one.</source>
      <translation>Ändern Sie eines.</translation>
    </message>
    <message>
      <source>{0} has a label that cannot be used: {1}: {2}.</source>
      <translation>{0} hat ein unbrauchbares Label: {1}: {2}.</translation>
    </message>
    <message>
      <source>Regions of several values are not supported: give each structure one value.</source>
      <translation>Regionen aus mehreren Werten werden nicht unterstützt: Geben Sie jeder Struktur einen Wert.</translation>
    </message>
    <message>
      <source>{0} is a pre-trained encoder; it has no structures to segment.</source>
      <translation>{0} ist ein vortrainierter Encoder; es hat keine Strukturen zum Segmentieren.</translation>
    </message>
    <message>
      <source>{0} does not fit into memory.</source>
      <translation>{0} passt nicht in den Speicher.</translation>
    </message>
    <message>
      <source>Close other programs, or choose a smaller model.</source>
      <translation>Schließen Sie andere Programme, oder wählen Sie ein kleineres Modell.</translation>
    </message>
    <message>
      <source>There is no file {0}.</source>
      <translation>Die Datei {0} gibt es nicht.</translation>
    </message>
    <message>
      <source>It is kept as {0}.</source>
      <translation>Sie wird als {0} aufbewahrt.</translation>
    </message>
    <message>
      <source>Your own models that were found again: {0}.</source>
      <translation>Ihre eigenen Modelle, die wiedergefunden wurden: {0}.</translation>
    </message>
    <message>
      <source>To be imported again: {0}.</source>
      <translation>Noch einmal zu importieren: {0}.</translation>
    </message>
    <message>
      <source>{0} cannot become a model: {1}.</source>
      <translation>{0} kann kein Modell werden: {1}.</translation>
    </message>
    <message>
      <source>Imported from {0}.</source>
      <translation>Aus {0} importiert.</translation>
    </message>
    <message>
      <source>Imported by the user: ask whoever trained the model.</source>
      <translation>Vom Benutzer importiert: Fragen Sie, wer das Modell trainiert hat.</translation>
    </message>
    <message>
      <source>It went on from {0}, whose licence is: {1}.</source>
      <translation>Es hat mit {0} begonnen; dessen Lizenz ist: {1}.</translation>
    </message>
    <message>
      <source>The run {0} has no model yet.</source>
      <translation>Der Lauf {0} hat noch kein Modell.</translation>
    </message>
    <message>
      <source>Its first measure writes one, and so does a stop after its first step.</source>
      <translation>Mit der ersten Messung entsteht eines, und auch beim Anhalten nach dem ersten Schritt.</translation>
    </message>
    <message>
      <source>The bundle {0} cannot be written: {1}.</source>
      <translation>Das Bundle {0} kann nicht geschrieben werden: {1}.</translation>
    </message>
    <message>
      <source>Free some space and resume.</source>
      <translation>Schaffen Sie Platz, und setzen Sie den Lauf fort.</translation>
    </message>
    <message>
      <source>Mean Dice on cases held back: {0}.</source>
      <translation>Mittlerer Dice der zurückgehaltenen Fälle: {0}.</translation>
    </message>
    <message>
      <source>Segments {0} in CT.</source>
      <translation>Segmentiert {0} im CT.</translation>
    </message>
    <message>
      <source>Research; not for clinical use.</source>
      <translation>Forschung; nicht für den klinischen Einsatz.</translation>
    </message>
    <message>
      <source>{0} holds {1} twice, under different prefixes.</source>
      <translation>{0} enthält {1} zweimal, unter verschiedenen Präfixen.</translation>
    </message>
    <message>
      <source>{0} holds several networks ({1}).</source>
      <translation>{0} enthält mehrere Netze ({1}).</translation>
    </message>
    <message>
      <source>Save one of them alone.</source>
      <translation>Speichern Sie eines davon allein.</translation>
    </message>
    <message>
      <source>VoCo v1 training checkpoint (student and teacher networks; {0} taken)</source>
      <translation>Trainings-Checkpoint von VoCo v1 (Student- und Lehrernetz; verwendet: {0})</translation>
    </message>
    <message>
      <source>Omni-supervised VoCo checkpoint (SwinUNETR as backbone)</source>
      <translation>Omni-supervised-Checkpoint von VoCo (SwinUNETR als Backbone)</translation>
    </message>
    <message>
      <source>VoCo v2 training checkpoint (backbone, student and teacher heads)</source>
      <translation>Trainings-Checkpoint von VoCo v2 (Backbone, Student- und Lehrerköpfe)</translation>
    </message>
    <message>
      <source>weights of another architecture</source>
      <translation>Gewichte einer anderen Architektur</translation>
    </message>
    <message>
      <source>{0} with projection heads</source>
      <translation>{0} mit Projektionsköpfen</translation>
    </message>
    <message>
      <source>{0} is unusable: {1} holds NaN or infinite values.</source>
      <translation>{0} ist nicht verwendbar: {1} enthält NaN oder unendliche Werte.</translation>
    </message>
    <message>
      <source>The training diverged or the file is damaged; use an earlier checkpoint.</source>
      <translation>Das Training ist divergiert, oder die Datei ist beschädigt; verwenden Sie einen früheren Checkpoint.</translation>
    </message>
    <message>
      <source>{0} has format version {1}, this program reads 1.</source>
      <translation>{0} hat Formatversion {1}, dieses Programm liest 1.</translation>
    </message>
    <message>
      <source>Update the VoCo extension.</source>
      <translation>Aktualisieren Sie die Erweiterung VoCo.</translation>
    </message>
    <message>
      <source>{0} has an invalid description of its model: {1}.</source>
      <translation>{0} hat eine ungültige Beschreibung des Modells: {1}.</translation>
    </message>
    <message>
      <source>{0} was not written: {1} holds NaN or values beyond float16.</source>
      <translation>{0} wurde nicht geschrieben: {1} enthält NaN oder Werte jenseits von float16.</translation>
    </message>
    <message>
      <source>The training diverged; lower its learning rate.</source>
      <translation>Das Training ist divergiert; verringern Sie die Lernrate.</translation>
    </message>
    <message>
      <source>Free some space or choose another folder.</source>
      <translation>Schaffen Sie Platz, oder wählen Sie einen anderen Ordner.</translation>
    </message>
    <message>
      <source>Weights must come from MONAI's SwinUNETR with use_v2=True.</source>
      <translation>Die Gewichte müssen von SwinUNETR aus MONAI mit use_v2=True stammen.</translation>
    </message>
    <message>
      <source>{0} of {1} tensors matched</source>
      <translation>{0} von {1} Tensoren passen</translation>
    </message>
    <message>
      <source>{0} ({1}) has no usable projection head: {2} ({3}).</source>
      <translation>{0} ({1}) hat keinen brauchbaren Projektionskopf: {2} ({3}).</translation>
    </message>
    <message>
      <source>The file is incomplete or was changed; use the original.</source>
      <translation>Die Datei ist unvollständig oder wurde verändert; verwenden Sie das Original.</translation>
    </message>
    <message>
      <source>{0} was saved for {1} {2}, but {3} {4} is asked for.</source>
      <translation>{0} wurde für {1} {2} gespeichert, verlangt ist aber {3} {4}.</translation>
    </message>
    <message>
      <source>Use it with the description (recipe) in its own metadata.</source>
      <translation>Verwenden Sie sie mit der Beschreibung (recipe) in ihren eigenen Metadaten.</translation>
    </message>
    <message>
      <source>{0} ({1}) does not fit: {2} ({3}).</source>
      <translation>{0} ({1}) passt nicht: {2} ({3}).</translation>
    </message>
    <message>
      <source>it is of another architecture, with {0}</source>
      <translation>es hat eine andere Architektur, mit {0}</translation>
    </message>
    <message>
      <source>it is a SwinUNETR without the residual blocks of use_v2</source>
      <translation>es ist ein SwinUNETR ohne die Residualblöcke von use_v2</translation>
    </message>
    <message>
      <source>its feature size is {0}, not {1}</source>
      <translation>seine Merkmalsgröße (feature size) ist {0}, nicht {1}</translation>
    </message>
    <message>
      <source>Choose the matching preset.</source>
      <translation>Wählen Sie die passende Voreinstellung.</translation>
    </message>
    <message>
      <source>it takes {0} input channels, not {1}</source>
      <translation>es hat {0} Eingangskanäle, nicht {1}</translation>
    </message>
    <message>
      <source>Use weights for plain CT.</source>
      <translation>Verwenden Sie Gewichte für gewöhnliches CT.</translation>
    </message>
    <message>
      <source>this is a pre-trained encoder without a decoder</source>
      <translation>dies ist ein vortrainierter Encoder ohne Decoder</translation>
    </message>
    <message>
      <source>It can start a fine-tuning; to segment, use fine-tuned weights such as VoComni_B.</source>
      <translation>Es kann Ausgangspunkt eines Feintunings sein; verwenden Sie zum Segmentieren feingetunte Gewichte wie VoComni_B.</translation>
    </message>
    <message>
      <source>it has {0} classes with the background, not {1}</source>
      <translation>es hat mit dem Hintergrund {0} Klassen, nicht {1}</translation>
    </message>
    <message>
      <source>Import it with its own label table.</source>
      <translation>Importieren Sie es mit seiner eigenen Labeltabelle.</translation>
    </message>
    <message>
      <source>checkpoint of a training of this project</source>
      <translation>Checkpoint eines Trainings dieses Projekts</translation>
    </message>
    <message>
      <source>a gzip file (a NIfTI image?)</source>
      <translation>eine gzip-Datei (ein NIfTI-Bild?)</translation>
    </message>
    <message>
      <source>a Git LFS pointer, not the file it points to</source>
      <translation>ein Git-LFS-Verweis, nicht die Datei, auf die er zeigt</translation>
    </message>
    <message>
      <source>a web page or XML (a failed download?)</source>
      <translation>eine Webseite oder XML (ein fehlgeschlagenes Herunterladen?)</translation>
    </message>
    <message>
      <source>Choose a file of weights: .pt, .pth, .safetensors or a MONAI bundle.</source>
      <translation>Wählen Sie eine Datei mit Gewichten: .pt, .pth, .safetensors oder ein MONAI-Bundle.</translation>
    </message>
    <message>
      <source>Copy or download it again.</source>
      <translation>Kopieren Sie die Datei noch einmal, oder laden Sie sie noch einmal herunter.</translation>
    </message>
    <message>
      <source>safetensors file:</source>
      <translation>safetensors-Datei:</translation>
    </message>
    <message>
      <source>{0} is {1}, not a checkpoint.</source>
      <translation>{0} ist {1}, kein Checkpoint.</translation>
    </message>
    <message>
      <source>an empty file</source>
      <translation>eine leere Datei</translation>
    </message>
    <message>
      <source>a file of unknown format</source>
      <translation>eine Datei unbekannten Formats</translation>
    </message>
    <message>
      <source>{0} is a damaged or truncated safetensors file: {1}.</source>
      <translation>{0} ist eine beschädigte oder abgeschnittene safetensors-Datei: {1}.</translation>
    </message>
    <message>
      <source>{0} is a folder, not a checkpoint, and no MONAI bundle: it lacks models/model.pt.</source>
      <translation>{0} ist ein Ordner, kein Checkpoint, und kein MONAI-Bundle: models/model.pt fehlt.</translation>
    </message>
    <message>
      <source>{0} is truncated: its end is missing.</source>
      <translation>{0} ist abgeschnitten: Das Ende fehlt.</translation>
    </message>
    <message>
      <source>{0} is damaged: {1} has changed.</source>
      <translation>{0} ist beschädigt: {1} hat sich verändert.</translation>
    </message>
    <message>
      <source>{0} is a damaged zip file: {1}.</source>
      <translation>{0} ist eine beschädigte ZIP-Datei: {1}.</translation>
    </message>
    <message>
      <source>{0} is a zip file of {1}, not a checkpoint.</source>
      <translation>{0} ist eine ZIP-Datei mit {1}, kein Checkpoint.</translation>
    </message>
    <message>
      <source>{0} holds TorchScript: a program with fixed weights, which would be run to be read.</source>
      <translation>{0} enthält TorchScript: ein Programm mit festen Gewichten, das zum Lesen ausgeführt würde.</translation>
    </message>
    <message>
      <source>Use the models/model.pt of the same bundle.</source>
      <translation>Verwenden Sie models/model.pt aus demselben Bundle.</translation>
    </message>
    <message>
      <source>{0} is damaged or truncated: {1}.</source>
      <translation>{0} ist beschädigt oder abgeschnitten: {1}.</translation>
    </message>
    <message>
      <source>{0} is a pickle that torch.save did not write, or is damaged.</source>
      <translation>{0} ist ein Pickle, das nicht von torch.save geschrieben wurde, oder beschädigt.</translation>
    </message>
    <message>
      <source>{0} holds a pickled object ({1}) beside or instead of weights.</source>
      <translation>{0} enthält ein Pickle-Objekt ({1}) neben oder anstelle von Gewichten.</translation>
    </message>
    <message>
      <source>To read it, code named in the file would have to run, so nothing was read.</source>
      <translation>Um es zu lesen, müsste in der Datei genannter Code ausgeführt werden, daher wurde nichts gelesen.</translation>
    </message>
    <message>
      <source>If you trust its origin, save the weights alone and use the new file: python -c "import torch; c = torch.load('old.pt', map_location='cpu', weights_only=False); torch.save(c['state_dict'], 'new.pt')"</source>
      <translation>Wenn Sie der Herkunft vertrauen, speichern Sie die Gewichte allein, und verwenden Sie die neue Datei: python -c "import torch; c = torch.load('old.pt', map_location='cpu', weights_only=False); torch.save(c['state_dict'], 'new.pt')"</translation>
    </message>
    <message>
      <source>{0} holds a {1}, no named weights.</source>
      <translation>{0} enthält {1}, keine benannten Gewichte.</translation>
    </message>
    <message>
      <source>{0} holds no weights, only {1}.</source>
      <translation>{0} enthält keine Gewichte, nur {1}.</translation>
    </message>
    <message>
      <source>The network finds no part of the body like this.</source>
      <translation>Das Netz findet keinen Teil des Körpers, der dem gleicht.</translation>
    </message>
    <message>
      <source>The point lies outside the body.</source>
      <translation>Der Punkt liegt außerhalb des Körpers.</translation>
    </message>
    <message>
      <source>The point lies outside the grid.</source>
      <translation>Der Punkt liegt außerhalb des Rasters.</translation>
    </message>
    <message>
      <source>{0} of the query crop lie in the grid.</source>
      <translation>{0} des Frageausschnitts liegen im Raster.</translation>
    </message>
    <message>
      <source>The network takes this for {0} of the body ({1}); it is {2} mm off.</source>
      <translation>Das Netz hält dies für eine Stelle {0} im Körper ({1}) und liegt {2} mm daneben.</translation>
    </message>
    <message>
      <source>The network takes this for {0} of the grid ({1}); it is {2} mm off.</source>
      <translation>Das Netz hält dies für eine Stelle {0} im Gitter ({1}) und liegt {2} mm daneben.</translation>
    </message>
    <message>
      <source>The network takes this for the part {0} of the body, {1} and {2}; it is {3} mm off.</source>
      <translation>Das Netz hält dies für den Teil {0} des Körpers, {1} und {2}, und liegt {3} mm daneben.</translation>
    </message>
    <message>
      <source>The network takes this for the part {0} of the grid, {1} and {2}; it is {3} mm off.</source>
      <translation>Das Netz hält dies für den Teil {0} des Gitters, {1} und {2}, und liegt {3} mm daneben.</translation>
    </message>
    <message>
      <source>Most of it lies in {0} ({1}).</source>
      <translation>Das meiste davon liegt {0} ({1}).</translation>
    </message>
    <message>
      <source>Most of it lies in the part {0}, {1} and {2}.</source>
      <translation>Das meiste davon liegt im Teil {0}, {1} und {2}.</translation>
    </message>
    <message>
      <source>It is sure.</source>
      <translation>Es ist sich sicher.</translation>
    </message>
    <message>
      <source>It is fairly sure.</source>
      <translation>Es ist sich ziemlich sicher.</translation>
    </message>
    <message>
      <source>It is unsure.</source>
      <translation>Es ist sich unsicher.</translation>
    </message>
    <message>
      <source>{0} is no point: three finite numbers R, A, S in mm are needed.</source>
      <translation>{0} ist kein Punkt: Nötig sind drei endliche Zahlen R, A, S in mm.</translation>
    </message>
    <message>
      <source>the right front</source>
      <translation>vorn rechts</translation>
    </message>
    <message>
      <source>the middle of the front</source>
      <translation>vorn in der Mitte</translation>
    </message>
    <message>
      <source>the left front</source>
      <translation>vorn links</translation>
    </message>
    <message>
      <source>the right middle</source>
      <translation>rechts in der Mitte</translation>
    </message>
    <message>
      <source>the very middle</source>
      <translation>in der Mitte</translation>
    </message>
    <message>
      <source>the left middle</source>
      <translation>links in der Mitte</translation>
    </message>
    <message>
      <source>the right back</source>
      <translation>hinten rechts</translation>
    </message>
    <message>
      <source>the middle of the back</source>
      <translation>hinten in der Mitte</translation>
    </message>
    <message>
      <source>the left back</source>
      <translation>hinten links</translation>
    </message>
    <message>
      <source>at the right edge</source>
      <translation>am rechten Rand</translation>
    </message>
    <message>
      <source>second from the right</source>
      <translation>zweite Spalte von rechts</translation>
    </message>
    <message>
      <source>third from the right</source>
      <translation>dritte Spalte von rechts</translation>
    </message>
    <message>
      <source>fourth from the right</source>
      <translation>vierte Spalte von rechts</translation>
    </message>
    <message>
      <source>at the left edge</source>
      <translation>am linken Rand</translation>
    </message>
    <message>
      <source>second from the left</source>
      <translation>zweite Spalte von links</translation>
    </message>
    <message>
      <source>third from the left</source>
      <translation>dritte Spalte von links</translation>
    </message>
    <message>
      <source>fourth from the left</source>
      <translation>vierte Spalte von links</translation>
    </message>
    <message>
      <source>at the front edge</source>
      <translation>am vorderen Rand</translation>
    </message>
    <message>
      <source>second from the front</source>
      <translation>zweite Reihe von vorn</translation>
    </message>
    <message>
      <source>third from the front</source>
      <translation>dritte Reihe von vorn</translation>
    </message>
    <message>
      <source>fourth from the front</source>
      <translation>vierte Reihe von vorn</translation>
    </message>
    <message>
      <source>at the back edge</source>
      <translation>am hinteren Rand</translation>
    </message>
    <message>
      <source>second from the back</source>
      <translation>zweite Reihe von hinten</translation>
    </message>
    <message>
      <source>third from the back</source>
      <translation>dritte Reihe von hinten</translation>
    </message>
    <message>
      <source>fourth from the back</source>
      <translation>vierte Reihe von hinten</translation>
    </message>
    <message>
      <source>in the middle column</source>
      <translation>in der mittleren Spalte</translation>
    </message>
    <message>
      <source>in the middle row</source>
      <translation>in der mittleren Reihe</translation>
    </message>
    <message>
      <source>The CT and the reference are seen by different models or grids.</source>
      <translation>Das CT und die Referenz werden von verschiedenen Modellen oder Rastern gesehen.</translation>
    </message>
    <message>
      <source>No query crop of the map lies wholly inside the grid.</source>
      <translation>Kein Frageausschnitt der Karte liegt ganz im Raster.</translation>
    </message>
    <message>
      <source>{0} of {1} query crops are most similar to the base that they overlap the most (chance {2}); median error of the predicted centre {3} mm.</source>
      <translation>{0} von {1} Frageausschnitten sind dem Basisausschnitt am ähnlichsten, mit dem sie am meisten überlappen (Zufall {2}); medianer Fehler der vorhergesagten Mitte {3} mm.</translation>
    </message>
    <message>
      <source>No body was found in {0}.</source>
      <translation>In {0} wurde kein Körper gefunden.</translation>
    </message>
    <message>
      <source>Check that it is a CT in HU.</source>
      <translation>Prüfen Sie, ob es ein CT in HU ist.</translation>
    </message>
    <message>
      <source>{0} answers with NaN or infinity.</source>
      <translation>{0} antwortet mit NaN oder unendlich.</translation>
    </message>
    <message>
      <source>Its weights are damaged.</source>
      <translation>Die Gewichte sind beschädigt.</translation>
    </message>
    <message>
      <source>{0} has an unknown record of its training: {1}.</source>
      <translation>{0} hat eine unbekannte Aufzeichnung des Trainings: {1}.</translation>
    </message>
    <message>
      <source>Update VoCo.</source>
      <translation>Aktualisieren Sie VoCo.</translation>
    </message>
    <message>
      <source>The point ({0}) lies outside {1}.</source>
      <translation>Der Punkt ({0}) liegt außerhalb von {1}.</translation>
    </message>
    <message>
      <source>Choose a point inside the body.</source>
      <translation>Wählen Sie einen Punkt im Körper.</translation>
    </message>
    <message>
      <source>The body in {0} is a single voxel thick.</source>
      <translation>Der Körper in {0} ist nur ein Voxel dick.</translation>
    </message>
    <message>
      <source>Check the CT.</source>
      <translation>Prüfen Sie das CT.</translation>
    </message>
    <message>
      <source>{0}: the rest is air.</source>
      <translation>{0}: Der Rest ist Luft.</translation>
    </message>
    <message>
      <source>{0}: it is stretched, and shows little of what is learned.</source>
      <translation>{0}: Es wird gestreckt und zeigt wenig von dem, was gelernt wurde.</translation>
    </message>
    <message>
      <source>Best match in the reference at ({0}, {1}, {2}), similarity {3}; most similar to its cell {4}, {5}.</source>
      <translation>Bester Treffer in der Referenz bei ({0}, {1}, {2}), Ähnlichkeit {3}; am ähnlichsten ihrer Zelle {4}, {5}.</translation>
    </message>
    <message>
      <source>Low: the reference may not show this part of the body.</source>
      <translation>Niedrig: Die Referenz zeigt diesen Teil des Körpers vielleicht nicht.</translation>
    </message>
    <message>
      <source>The position view was cancelled.</source>
      <translation>Die Positionsansicht wurde abgebrochen.</translation>
    </message>
    <message>
      <source>its process ended with {0}</source>
      <translation>sein Prozess endete mit {0}</translation>
    </message>
    <message>
      <source>{0} is not needed here</source>
      <translation>{0} wird hier nicht gebraucht</translation>
    </message>
    <message>
      <source>There is no process {0}</source>
      <translation>Den Prozess {0} gibt es nicht</translation>
    </message>
    <message>
      <source>{0} is in use: {1} works in it.</source>
      <translation>{0} wird verwendet: {1} arbeitet darin.</translation>
    </message>
    <message>
      <source>Wait for it, stop it, or use another folder.</source>
      <translation>Warten Sie, bis er fertig ist, halten Sie ihn an, oder verwenden Sie einen anderen Ordner.</translation>
    </message>
    <message>
      <source>The checkpoint {0} cannot be written: {1}.</source>
      <translation>Der Checkpoint {0} kann nicht geschrieben werden: {1}.</translation>
    </message>
    <message>
      <source>Free some space, or make the folder writable, then resume from the last one.</source>
      <translation>Schaffen Sie Platz, oder machen Sie den Ordner beschreibbar, und setzen Sie dann vom letzten aus fort.</translation>
    </message>
    <message>
      <source>The queue {0} cannot be written: {1}.</source>
      <translation>Die Warteschlange {0} kann nicht geschrieben werden: {1}.</translation>
    </message>
    <message>
      <source>{0} is not the folder of a run: it has no {1}.</source>
      <translation>{0} ist nicht der Ordner eines Laufs: {1} fehlt.</translation>
    </message>
    <message>
      <source>{0} does not hold the settings of a run.</source>
      <translation>{0} enthält nicht die Einstellungen eines Laufs.</translation>
    </message>
    <message>
      <source>It was ended before it saved a last checkpoint.</source>
      <translation>Er wurde beendet, bevor er einen letzten Checkpoint speichern konnte.</translation>
    </message>
    <message>
      <source>It was never started.</source>
      <translation>Er wurde nie gestartet.</translation>
    </message>
    <message>
      <source>Resume it.</source>
      <translation>Setzen Sie ihn fort.</translation>
    </message>
    <message>
      <source>{0} was moved or deleted while the run was at work.</source>
      <translation>{0} wurde verschoben oder gelöscht, während der Lauf arbeitete.</translation>
    </message>
    <message>
      <source>If it was moved, resume it there: it continues from its last checkpoint.</source>
      <translation>Wenn der Ordner verschoben wurde, setzen Sie den Lauf dort fort: Er macht beim letzten Checkpoint weiter.</translation>
    </message>
    <message>
      <source>It ended before it began.</source>
      <translation>Er endete, bevor er begann.</translation>
    </message>
    <message>
      <source>Resume it to try again.</source>
      <translation>Setzen Sie ihn fort, um es noch einmal zu versuchen.</translation>
    </message>
    <message>
      <source>Its process ended and could not say why: the disk of {0} is full.</source>
      <translation>Sein Prozess endete und konnte nicht sagen, warum: Der Datenträger von {0} ist voll.</translation>
    </message>
    <message>
      <source>Free some space, then resume it: it continues from its last checkpoint.</source>
      <translation>Schaffen Sie Platz, und setzen Sie ihn dann fort: Er macht beim letzten Checkpoint weiter.</translation>
    </message>
    <message>
      <source>Its process ended without saying why: it was killed, memory ran out, or the machine went down.</source>
      <translation>Sein Prozess endete, ohne zu sagen, warum: Er wurde beendet, der Speicher ging aus, oder der Rechner fiel aus.</translation>
    </message>
    <message>
      <source>Resume it: it continues from its last checkpoint.</source>
      <translation>Setzen Sie ihn fort: Er macht beim letzten Checkpoint weiter.</translation>
    </message>
    <message>
      <source>{0} is not empty and not the folder of a run ({1}).</source>
      <translation>{0} ist nicht leer und nicht der Ordner eines Laufs ({1}).</translation>
    </message>
    <message>
      <source>Choose a new or empty folder.</source>
      <translation>Wählen Sie einen neuen oder leeren Ordner.</translation>
    </message>
    <message>
      <source>The settings differ from those of the run in {0}: {1}.</source>
      <translation>Die Einstellungen weichen von denen des Laufs in {0} ab: {1}.</translation>
    </message>
    <message>
      <source>Use its settings, or another folder for a new run.</source>
      <translation>Verwenden Sie seine Einstellungen, oder einen anderen Ordner für einen neuen Lauf.</translation>
    </message>
    <message>
      <source>{0} already holds a run.</source>
      <translation>{0} enthält schon einen Lauf.</translation>
    </message>
    <message>
      <source>Resume it, or choose another folder.</source>
      <translation>Setzen Sie ihn fort, oder wählen Sie einen anderen Ordner.</translation>
    </message>
    <message>
      <source>{0} cannot be written: {1}.</source>
      <translation>{0} kann nicht geschrieben werden: {1}.</translation>
    </message>
    <message>
      <source>Check permissions and free space, or choose another folder.</source>
      <translation>Prüfen Sie Zugriffsrechte und freien Speicherplatz, oder wählen Sie einen anderen Ordner.</translation>
    </message>
    <message>
      <source>Images are kept in {0}.</source>
      <translation>Bilder liegen in {0}.</translation>
    </message>
    <message>
      <source>Ctrl-C ends it.</source>
      <translation>Strg-C beendet ihn.</translation>
    </message>
    <message>
      <source>The first line is no request: {0}.</source>
      <translation>Die erste Zeile ist keine Anfrage: {0}.</translation>
    </message>
    <message>
      <source>A field of the request has the wrong type or is out of range.</source>
      <translation>Ein Feld der Anfrage hat den falschen Typ oder liegt außerhalb des Bereichs.</translation>
    </message>
    <message>
      <source>The values are damaged: {0}.</source>
      <translation>Die Werte sind beschädigt: {0}.</translation>
    </message>
    <message>
      <source>Send them again.</source>
      <translation>Senden Sie sie noch einmal.</translation>
    </message>
    <message>
      <source>There are more values than the shape says.</source>
      <translation>Es sind mehr Werte, als die Form sagt.</translation>
    </message>
    <message>
      <source>Send as many.</source>
      <translation>Senden Sie genau so viele.</translation>
    </message>
    <message>
      <source>There are fewer values than the shape says.</source>
      <translation>Es sind weniger Werte, als die Form sagt.</translation>
    </message>
    <message>
      <source>{0} is not the address of a server.</source>
      <translation>{0} ist nicht die Adresse eines Servers.</translation>
    </message>
    <message>
      <source>It looks like https://server.example:{0}.</source>
      <translation>Sie sieht aus wie https://server.example:{0}.</translation>
    </message>
    <message>
      <source>{0} is not encrypted: the network could read the images.</source>
      <translation>{0} ist nicht verschlüsselt: Im Netz könnte man die Bilder mitlesen.</translation>
    </message>
    <message>
      <source>Use https, or an SSH tunnel to http://localhost.</source>
      <translation>Verwenden Sie https oder einen SSH-Tunnel zu http://localhost.</translation>
    </message>
    <message>
      <source>This is no token: it has characters of the keyboard without accents, in one line.</source>
      <translation>Das ist kein Token: Es besteht aus Zeichen der Tastatur ohne Akzente, in einer Zeile.</translation>
    </message>
    <message>
      <source>Copy it from who runs the server.</source>
      <translation>Kopieren Sie es von dem, der den Server betreibt.</translation>
    </message>
    <message>
      <source>The certificate {0} cannot be read: {1}.</source>
      <translation>Das Zertifikat {0} kann nicht gelesen werden: {1}.</translation>
    </message>
    <message>
      <source>Choose the PEM file that the server's owner has given.</source>
      <translation>Wählen Sie die PEM-Datei, die Sie vom Betreiber des Servers haben.</translation>
    </message>
    <message>
      <source>Cancelled.</source>
      <translation>Abgebrochen.</translation>
    </message>
    <message>
      <source>it ended in the middle</source>
      <translation>sie endete mittendrin</translation>
    </message>
    <message>
      <source>cancelled</source>
      <translation>abgebrochen</translation>
    </message>
    <message>
      <source>{0} is no VoCo server.</source>
      <translation>{0} ist kein VoCo-Server.</translation>
    </message>
    <message>
      <source>Check the address.</source>
      <translation>Prüfen Sie die Adresse.</translation>
    </message>
    <message>
      <source>The certificate of {0} is not trusted: {1}.</source>
      <translation>Dem Zertifikat von {0} wird nicht vertraut: {1}.</translation>
    </message>
    <message>
      <source>Choose the certificate that the server's owner has given, or ask for a valid one.</source>
      <translation>Wählen Sie das Zertifikat, das Sie vom Betreiber des Servers haben, oder bitten Sie um ein gültiges.</translation>
    </message>
    <message>
      <source>{0} does not answer: {1}.</source>
      <translation>{0} antwortet nicht: {1}.</translation>
    </message>
    <message>
      <source>Check the address, or choose another device.</source>
      <translation>Prüfen Sie die Adresse, oder wählen Sie ein anderes Gerät.</translation>
    </message>
    <message>
      <source>The connection to {0} broke: {1}.</source>
      <translation>Die Verbindung zu {0} ist abgebrochen: {1}.</translation>
    </message>
    <message>
      <source>Try again, or choose another device.</source>
      <translation>Versuchen Sie es noch einmal, oder wählen Sie ein anderes Gerät.</translation>
    </message>
    <message>
      <source>The server does not know this token.</source>
      <translation>Der Server kennt dieses Token nicht.</translation>
    </message>
    <message>
      <source>The server has as many requests as it takes.</source>
      <translation>Der Server hat so viele Anfragen, wie er annimmt.</translation>
    </message>
    <message>
      <source>Try again in some minutes.</source>
      <translation>Versuchen Sie es in einigen Minuten noch einmal.</translation>
    </message>
    <message>
      <source>The image has {0} MB; this server takes {1} MB.</source>
      <translation>Das Bild hat {0} MB; dieser Server nimmt {1} MB.</translation>
    </message>
    <message>
      <source>Crop it, or choose another device.</source>
      <translation>Schneiden Sie es zu, oder wählen Sie ein anderes Gerät.</translation>
    </message>
    <message>
      <source>The server has no model {0}.</source>
      <translation>Der Server hat kein Modell {0}.</translation>
    </message>
    <message>
      <source>Choose another model or device.</source>
      <translation>Wählen Sie ein anderes Modell oder Gerät.</translation>
    </message>
    <message>
      <source>This took longer than the {0} minutes of this server.</source>
      <translation>Das dauerte länger als die {0} Minuten dieses Servers.</translation>
    </message>
    <message>
      <source>Ask for a smaller part, or elsewhere.</source>
      <translation>Fragen Sie nach einem kleineren Teil oder anderswo.</translation>
    </message>
    <message>
      <source>The first line is too long.</source>
      <translation>Die erste Zeile ist zu lang.</translation>
    </message>
    <message>
      <source>{0} can be reached from other computers, which could read along.</source>
      <translation>{0} ist von anderen Rechnern aus erreichbar, die mitlesen könnten.</translation>
    </message>
    <message>
      <source>{0} cannot be used for TLS: {1}.</source>
      <translation>{0} kann nicht für TLS verwendet werden: {1}.</translation>
    </message>
    <message>
      <source>Give a certificate and its key in PEM format.</source>
      <translation>Geben Sie ein Zertifikat und seinen Schlüssel im PEM-Format an.</translation>
    </message>
    <message>
      <source>The structures are: {0}.</source>
      <translation>Die Strukturen sind: {0}.</translation>
    </message>
    <message>
      <source>has no counterpart on the other side.</source>
      <translation>hat kein Gegenstück auf der anderen Seite.</translation>
    </message>
    <message>
      <source>{0} and {1} seem to be the same.</source>
      <translation>{0} und {1} scheinen dasselbe zu sein.</translation>
    </message>
    <message>
      <source>looks like the name of a side and has no counterpart.</source>
      <translation>sieht nach dem Namen einer Seite aus und hat kein Gegenstück.</translation>
    </message>
    <message>
      <source>The cache {0} cannot be used: {1}.</source>
      <translation>Der Zwischenspeicher {0} ist nicht verwendbar: {1}.</translation>
    </message>
    <message>
      <source>Preparing the volumes was cancelled.</source>
      <translation>Die Vorbereitung der Volumen wurde abgebrochen.</translation>
    </message>
    <message>
      <source>{0} has changed on the disk: the volume is prepared again.</source>
      <translation>{0} hat sich auf dem Datenträger geändert: Das Volumen wird noch einmal vorbereitet.</translation>
    </message>
    <message>
      <source>None of the {0} volumes can be used.</source>
      <translation>Keines der {0} Volumen ist verwendbar.</translation>
    </message>
    <message>
      <source>Check that the path leads to CT volumes in HU.</source>
      <translation>Prüfen Sie, ob der Pfad zu CT-Volumen in HU führt.</translation>
    </message>
    <message>
      <source>Prepared volumes cannot be kept in {0} ({1}): they are prepared again each time, which is slow.</source>
      <translation>Vorbereitete Volumen können nicht in {0} aufbewahrt werden ({1}): Sie werden jedes Mal neu vorbereitet, was langsam ist.</translation>
    </message>
    <message>
      <source>The cache {0} is full ({1} GB): volumes that do not fit are prepared again each time, which is slow.</source>
      <translation>Der Zwischenspeicher {0} ist voll ({1} GB): Volumen, die nicht hineinpassen, werden jedes Mal neu vorbereitet, was langsam ist.</translation>
    </message>
    <message>
      <source>Give it more space if you can.</source>
      <translation>Geben Sie ihm mehr Platz, wenn Sie können.</translation>
    </message>
    <message>
      <source>{0} of the {1} cases of the run are not in the data, or have changed: {2}{3}.</source>
      <translation>{0} der {1} Fälle des Laufs sind nicht in den Daten oder haben sich geändert: {2}{3}.</translation>
    </message>
    <message>
      <source>Resume with the data that the run began with, or begin a new run.</source>
      <translation>Setzen Sie mit den Daten fort, mit denen der Lauf begann, oder beginnen Sie einen neuen.</translation>
    </message>
    <message>
      <source>There is no volume in {0}.</source>
      <translation>In {0} gibt es kein Volumen.</translation>
    </message>
    <message>
      <source>Volumes are {0} files and folders of DICOM files.</source>
      <translation>Volumen sind {0}-Dateien und Ordner mit DICOM-Dateien.</translation>
    </message>
    <message>
      <source>{0} has no {1} volumes of its own.</source>
      <translation>{0} hat keine eigenen Volumen für {1}.</translation>
    </message>
    <message>
      <source>Name them separately.</source>
      <translation>Nennen Sie sie getrennt.</translation>
    </message>
    <message>
      <source>{0} holds shards of prepared volumes, not CTs that could be looked at.</source>
      <translation>{0} enthält Shards vorbereiteter Volumen, keine CTs, die man ansehen könnte.</translation>
    </message>
    <message>
      <source>A pre-training takes them as they are; all else needs the folder of the CTs.</source>
      <translation>Ein Vortraining nimmt sie so, wie sie sind; alles andere braucht den Ordner der CTs.</translation>
    </message>
    <message>
      <source>None of the channels that {0} names is CT: {1}.</source>
      <translation>Keiner der Kanäle, die {0} nennt, ist CT: {1}.</translation>
    </message>
    <message>
      <source>Name the CT files in a text list.</source>
      <translation>Nennen Sie die CT-Dateien in einer Textliste.</translation>
    </message>
    <message>
      <source>{0} cannot be read as JSON: {1}.</source>
      <translation>{0} kann nicht als JSON gelesen werden: {1}.</translation>
    </message>
    <message>
      <source>{0} must hold an object with a list "training".</source>
      <translation>{0} muss ein Objekt mit einer Liste "training" enthalten.</translation>
    </message>
    <message>
      <source>{0} has no list "{1}".</source>
      <translation>{0} hat keine Liste "{1}".</translation>
    </message>
    <message>
      <source>Item {0} of {1} names no single image: {2}.</source>
      <translation>Eintrag {0} von {1} nennt kein einzelnes Bild: {2}.</translation>
    </message>
    <message>
      <source>{0} is neither an image nor a list of images ({1}).</source>
      <translation>{0} ist weder ein Bild noch eine Liste von Bildern ({1}).</translation>
    </message>
    <message>
      <source>A list is a text file (UTF-8) with one path a line.</source>
      <translation>Eine Liste ist eine Textdatei (UTF-8) mit einem Pfad pro Zeile.</translation>
    </message>
    <message>
      <source>The check of the volumes was cancelled.</source>
      <translation>Die Prüfung der Volumen wurde abgebrochen.</translation>
    </message>
    <message>
      <source>There is no label map for {0}.</source>
      <translation>Zu {0} gibt es keine Labelkarte.</translation>
    </message>
    <message>
      <source>{0} holds the value {1}, but the classes are 0 to {2}.</source>
      <translation>{0} enthält den Wert {1}, aber die Klassen sind 0 bis {2}.</translation>
    </message>
    <message>
      <source>Correct the label map or the list of classes.</source>
      <translation>Korrigieren Sie die Labelkarte oder die Liste der Klassen.</translation>
    </message>
    <message>
      <source>The label map {0} is not on the grid of its image {1}.</source>
      <translation>Die Labelkarte {0} liegt nicht auf dem Gitter ihres Bildes {1}.</translation>
    </message>
    <message>
      <source>{0}: structures overlap in {1} voxels; the smallest has them.</source>
      <translation>{0}: Strukturen überlappen in {1} Voxeln; die kleinste behält sie.</translation>
    </message>
    <message>
      <source>The volumes are not needed any more.</source>
      <translation>Die Volumen werden nicht mehr gebraucht.</translation>
    </message>
    <message>
      <source>The process that prepared {0} ended ({1}): its reader crashed, or memory ran out.</source>
      <translation>Der Prozess, der {0} vorbereitete, endete ({1}): Das Lesen stürzte ab, oder der Arbeitsspeicher reichte nicht.</translation>
    </message>
    <message>
      <source>{0} was not prepared ahead ({1}); it is prepared now.</source>
      <translation>{0} wurde nicht im Voraus vorbereitet ({1}); es wird jetzt vorbereitet.</translation>
    </message>
    <message>
      <source>Processes that prepare volumes ahead: {0}.</source>
      <translation>Prozesse, die Volumen im Voraus vorbereiten: {0}.</translation>
    </message>
    <message>
      <source>Its shard is missing: {0}</source>
      <translation>Sein Shard fehlt: {0}</translation>
    </message>
    <message>
      <source>The server of {0} sends whole files, not parts of them.</source>
      <translation>Der Server von {0} sendet ganze Dateien, nicht Teile davon.</translation>
    </message>
    <message>
      <source>Use one that knows range requests, such as nginx, Apache, or an object storage.</source>
      <translation>Nehmen Sie einen, der Range-Anfragen kennt, wie nginx, Apache oder einen Objektspeicher.</translation>
    </message>
    <message>
      <source>Its shard {0} does not exist.</source>
      <translation>Sein Shard {0} existiert nicht.</translation>
    </message>
    <message>
      <source>{0}/{1} is damaged where it lies.</source>
      <translation>{0}/{1} ist an seiner Stelle beschädigt.</translation>
    </message>
    <message>
      <source>{0} CTs are done already; {1} are left.</source>
      <translation>{0} CTs sind schon fertig; {1} bleiben.</translation>
    </message>
    <message>
      <source>{0} cannot be written to: {1}.</source>
      <translation>In {0} kann nicht geschrieben werden: {1}.</translation>
    </message>
    <message>
      <source>Choose another.</source>
      <translation>Wählen Sie einen anderen.</translation>
    </message>
    <message>
      <source>{0} holds shards of the preparation {1}, not {2}.</source>
      <translation>{0} enthält Shards der Vorbereitung {1}, nicht {2}.</translation>
    </message>
    <message>
      <source>Choose another folder.</source>
      <translation>Wählen Sie einen anderen Ordner.</translation>
    </message>
    <message>
      <source>None of the {0} CTs can be used.</source>
      <translation>Keines der {0} CTs ist verwendbar.</translation>
    </message>
    <message>
      <source>{0} is not in the shards.</source>
      <translation>{0} ist nicht in den Shards.</translation>
    </message>
    <message>
      <source>There are no shards in {0}, or they are not complete: it has no {1}.</source>
      <translation>In {0} sind keine Shards, oder sie sind nicht vollständig: {1} fehlt.</translation>
    </message>
    <message>
      <source>{0} is of another version of VoCo.</source>
      <translation>{0} ist von einer anderen Version von VoCo.</translation>
    </message>
    <message>
      <source>Prepare the archive again.</source>
      <translation>Bereiten Sie das Archiv noch einmal vor.</translation>
    </message>
    <message>
      <source>{0} is damaged: {1}.</source>
      <translation>{0} ist beschädigt: {1}.</translation>
    </message>
    <message>
      <source>{0} can only be read.</source>
      <translation>{0} kann nur gelesen werden.</translation>
    </message>
    <message>
      <source>Write to a local folder or to s3:// or gs://, and have a web server show it.</source>
      <translation>Schreiben Sie in einen lokalen Ordner oder nach s3:// oder gs://, und lassen Sie einen Webserver ihn zeigen.</translation>
    </message>
    <message>
      <source>{0} cannot be reached: {1}.</source>
      <translation>{0} ist nicht erreichbar: {1}.</translation>
    </message>
    <message>
      <source>Check the address and the network, then start again; a run is resumed.</source>
      <translation>Prüfen Sie Adresse und Netz, und starten Sie dann neu; ein Lauf wird fortgesetzt.</translation>
    </message>
    <message>
      <source>{0} cannot be read: a package for {1}:// is not installed.</source>
      <translation>{0} kann nicht gelesen werden: ein Paket für {1}:// ist nicht installiert.</translation>
    </message>
    <message>
      <source>Install it: pip install {0}</source>
      <translation>Installieren Sie es: pip install {0}</translation>
    </message>
    <message>
      <source>Known are s3://, gs://, http:// and https://.</source>
      <translation>Bekannt sind s3://, gs://, http:// und https://.</translation>
    </message>
    <message>
      <source>{0} may not be used: {1}.</source>
      <translation>{0} darf nicht benutzt werden: {1}.</translation>
    </message>
    <message>
      <source>Check your credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or ~/.aws, for s3:// (FSSPEC_S3_ANON=true for public data), gcloud auth for gs://.</source>
      <translation>Prüfen Sie Ihre Zugangsdaten: AWS_ACCESS_KEY_ID und AWS_SECRET_ACCESS_KEY oder ~/.aws für s3:// (FSSPEC_S3_ANON=true für öffentliche Daten), gcloud auth für gs://.</translation>
    </message>
    <message>
      <source>No training case has a labelled voxel.</source>
      <translation>Kein Trainingsfall hat ein gelabeltes Voxel.</translation>
    </message>
    <message>
      <source>Check the label maps.</source>
      <translation>Prüfen Sie die Labelkarten.</translation>
    </message>
    <message>
      <source>All cases of the run are lost.</source>
      <translation>Alle Fälle des Laufs sind verloren.</translation>
    </message>
    <message>
      <source>Bring them back and resume.</source>
      <translation>Stellen Sie sie wieder her, und setzen Sie den Lauf fort.</translation>
    </message>
    <message>
      <source>Begin a new run.</source>
      <translation>Beginnen Sie einen neuen Lauf.</translation>
    </message>
    <message>
      <source>There is no structure {0} in the data set.</source>
      <translation>Eine Struktur {0} gibt es im Datensatz nicht.</translation>
    </message>
    <message>
      <source>Nothing names the labels of {0}: there is no dataset.json.</source>
      <translation>Nichts benennt die Label von {0}: Es gibt keine dataset.json.</translation>
    </message>
    <message>
      <source>{0} has masks of {1} structures.</source>
      <translation>{0} hat Masken von {1} Strukturen.</translation>
    </message>
    <message>
      <source>255 is the most.</source>
      <translation>Höchstens 255 sind möglich.</translation>
    </message>
    <message>
      <source>None of the {0} cases of {1} has a label map.</source>
      <translation>Keiner der {0} Fälle von {1} hat eine Labelkarte.</translation>
    </message>
    <message>
      <source>Name label maps in the dataset.json ("label"), put them into labelsTr, or masks, one per structure, into a folder segmentations beside each CT.</source>
      <translation>Nennen Sie Labelkarten in der dataset.json ("label"), legen Sie sie in labelsTr, oder legen Sie Masken, eine je Struktur, in einen Ordner segmentations neben jedem CT.</translation>
    </message>
    <message>
      <source>Held back is fold {0}: {1} cases.</source>
      <translation>Zurückgehalten wird Fold {0}: {1} Fälle.</translation>
    </message>
    <message>
      <source>All cases are held back for validation.</source>
      <translation>Alle Fälle werden für die Validierung zurückgehalten.</translation>
    </message>
    <message>
      <source>Hold back fewer of them.</source>
      <translation>Halten Sie weniger davon zurück.</translation>
    </message>
    <message>
      <source>Held back are the {0} cases that {1} lists for validation.</source>
      <translation>Zurückgehalten werden die {0} Fälle, die {1} für die Validierung aufführt.</translation>
    </message>
    <message>
      <source>{0} is not used: it has no "val" in its first fold.</source>
      <translation>{0} wird nicht verwendet: Der erste Fold hat kein "val".</translation>
    </message>
    <message>
      <source>{0} is not used: {1} is no labelled case.</source>
      <translation>{0} wird nicht verwendet: {1} ist kein Fall mit Labeln.</translation>
    </message>
    <message>
      <source>Held back are the {0} cases of the first fold of {1}.</source>
      <translation>Zurückgehalten werden die {0} Fälle des ersten Folds von {1}.</translation>
    </message>
    <message>
      <source>{0}, which {1} lists for validation, is no labelled case of the data set.</source>
      <translation>{0}, von {1} für die Validierung aufgeführt, ist kein Fall mit Labeln im Datensatz.</translation>
    </message>
    <message>
      <source>Correct the list.</source>
      <translation>Korrigieren Sie die Liste.</translation>
    </message>
    <message>
      <source>{0} says of {1} whether {2} was contoured, but there is no such structure in the data set.</source>
      <translation>{0} sagt von {1}, ob {2} konturiert wurde, aber eine solche Struktur gibt es im Datensatz nicht.</translation>
    </message>
    <message>
      <source>In a table, spaces separate names: write those of several words together.</source>
      <translation>In einer Tabelle trennen Leerzeichen die Namen: Schreiben Sie Namen aus mehreren Wörtern zusammen.</translation>
    </message>
    <message>
      <source>{0} in {1} may mean {2}.</source>
      <translation>{0} in {1} kann {2} bedeuten.</translation>
    </message>
    <message>
      <source>Write the names of the folders, too.</source>
      <translation>Schreiben Sie auch die Namen der Ordner.</translation>
    </message>
    <message>
      <source>{0} says what was contoured in {1} and others, but they are no cases of the run.</source>
      <translation>{0} sagt, was in {1} und anderen konturiert wurde, aber sie sind keine Fälle des Laufs.</translation>
    </message>
    <message>
      <source>Its names must be those of the image files.</source>
      <translation>Die Namen müssen die der Bilddateien sein.</translation>
    </message>
    <message>
      <source>"contoured" of {0} in {1} is {2}.</source>
      <translation>"contoured" von {0} in {1} ist {2}.</translation>
    </message>
    <message>
      <source>It must be a list of names: ["Liver", ...].</source>
      <translation>Es muss eine Liste von Namen sein: ["Liver", ...].</translation>
    </message>
    <message>
      <source>Training on {0} cases; {1} are held back to be segmented and scored.</source>
      <translation>Training mit {0} Fällen; {1} werden zurückgehalten, um segmentiert und bewertet zu werden.</translation>
    </message>
    <message>
      <source>Structures: {0}.</source>
      <translation>Strukturen: {0}.</translation>
    </message>
    <message>
      <source>Left out {0}: it has no label map.</source>
      <translation>{0} ausgelassen: Es hat keine Labelkarte.</translation>
    </message>
    <message>
      <source>The data set was moved: the {0} cases of the run are the same in {1}.</source>
      <translation>Der Datensatz wurde verschoben: Die {0} Fälle des Laufs sind in {1} dieselben.</translation>
    </message>
    <message>
      <source>In mirrored patients these change names: {0}.</source>
      <translation>In gespiegelten Patienten tauschen diese ihre Namen: {0}.</translation>
    </message>
    <message>
      <source>Without a counterpart: {0}.</source>
      <translation>Ohne Gegenstück: {0}.</translation>
    </message>
    <message>
      <source>Correct the label map.</source>
      <translation>Korrigieren Sie die Labelkarte.</translation>
    </message>
    <message>
      <source>Pieces at most, beyond which small islands are removed: {0}.</source>
      <translation>Höchstzahl der Teile, jenseits derer kleine Inseln entfernt werden: {0}.</translation>
    </message>
    <message>
      <source>{0} holds the value {1}, which has no name.</source>
      <translation>{0} enthält den Wert {1}, der keinen Namen hat.</translation>
    </message>
    <message>
      <source>Correct the label map, or name the value in dataset.json.</source>
      <translation>Korrigieren Sie die Labelkarte, oder benennen Sie den Wert in der dataset.json.</translation>
    </message>
    <message>
      <source>{0} has no voxel in {1} of {2} cases, such as {3}.</source>
      <translation>{0} hat in {1} von {2} Fällen kein Voxel, etwa {3}.</translation>
    </message>
    <message>
      <source>In Slicer, start a new run with a smaller batch or 'Less memory, more time'.</source>
      <translation>Beginnen Sie in Slicer einen neuen Lauf mit kleinerem Batch oder „Weniger Speicher, mehr Zeit“.</translation>
    </message>
    <message>
      <source>Nothing to start from is given.</source>
      <translation>Es ist kein Ausgangspunkt angegeben.</translation>
    </message>
    <message>
      <source>Stopped after step {0}.</source>
      <translation>Nach Schritt {0} angehalten.</translation>
    </message>
    <message>
      <source>Resume to go on.</source>
      <translation>Setzen Sie den Lauf fort, um weiterzumachen.</translation>
    </message>
    <message>
      <source>{0} cannot be the name of a folder.</source>
      <translation>{0} kann kein Ordnername sein.</translation>
    </message>
    <message>
      <source>Choose another name.</source>
      <translation>Wählen Sie einen anderen Namen.</translation>
    </message>
    <message>
      <source>Wait until it has stopped.</source>
      <translation>Warten Sie, bis er angehalten hat.</translation>
    </message>
    <message>
      <source>It cannot be resumed.</source>
      <translation>Er kann nicht fortgesetzt werden.</translation>
    </message>
    <message>
      <source>{0} runs on another computer.</source>
      <translation>{0} läuft auf einem anderen Rechner.</translation>
    </message>
    <message>
      <source>Stop it at once from there.</source>
      <translation>Halten Sie ihn von dort aus sofort an.</translation>
    </message>
    <message>
      <source>Stop it first.</source>
      <translation>Halten Sie ihn zuerst an.</translation>
    </message>
    <message>
      <source>{0} cannot be deleted: {1}.</source>
      <translation>{0} kann nicht gelöscht werden: {1}.</translation>
    </message>
    <message>
      <source>{0} could not be started: {1}.</source>
      <translation>{0} konnte nicht gestartet werden: {1}.</translation>
    </message>
    <message>
      <source>There is no training {0}.</source>
      <translation>Ein Training {0} gibt es nicht.</translation>
    </message>
    <message>
      <source>Stopped before it began.</source>
      <translation>Vor dem Beginn angehalten.</translation>
    </message>
    <message>
      <source>The trial was cancelled.</source>
      <translation>Die Probe wurde abgebrochen.</translation>
    </message>
    <message>
      <source>The step is repeated with {0}.</source>
      <translation>Der Schritt wird wiederholt mit {0}.</translation>
    </message>
    <message>
      <source>The {0} became {1} in step {2}; the last checkpoint is {3}.</source>
      <translation>{0} wurde in Schritt {2} zu {1}; der letzte Checkpoint ist {3}.</translation>
    </message>
    <message>
      <source>Begin a new run with a lower learning rate, or in float32.</source>
      <translation>Beginnen Sie einen neuen Lauf mit niedrigerer Lernrate oder in float32.</translation>
    </message>
    <message>
      <source>The training goes on.</source>
      <translation>Das Training geht weiter.</translation>
    </message>
    <message>
      <source>All volumes of the run are lost.</source>
      <translation>Alle Volumen des Laufs sind verloren.</translation>
    </message>
    <message>
      <source>More of them are not said any more.</source>
      <translation>Weitere werden nicht mehr genannt.</translation>
    </message>
    <message>
      <source>They are of another version of VoCo: prepare the archive again.</source>
      <translation>Sie sind von einer anderen Version von VoCo: bereiten Sie das Archiv noch einmal vor.</translation>
    </message>
    <message>
      <source>The shards in {0} hold volumes of the preparation {1}, the run wants {2}.</source>
      <translation>Die Shards in {0} enthalten Volumen der Vorbereitung {1}, der Lauf will {2}.</translation>
    </message>
    <message>
      <source>The preparation cuts {0} of the body of {1} away.</source>
      <translation>Die Vorbereitung schneidet {0} des Körpers von {1} ab.</translation>
    </message>
    <message>
      <source>{0} of the body of {1} lie outside of the window of {2} to {3} HU and look all the same to the network.</source>
      <translation>{0} des Körpers von {1} liegen außerhalb des Fensters von {2} bis {3} HU und sehen für das Netz alle gleich aus.</translation>
    </message>
    <message>
      <source>None of the volumes in {0} can be used.</source>
      <translation>Keines der Volumen in {0} kann verwendet werden.</translation>
    </message>
    <message>
      <source>{0} crops at a time, {1}: {2} MB each, {3} GB free.</source>
      <translation>{0} Ausschnitte auf einmal, {1}: je {2} MB, {3} GB frei.</translation>
    </message>
    <message>
      <source>{0} is not there, which says what the run began with.</source>
      <translation>{0} ist nicht da; darin steht, womit der Lauf begonnen hat.</translation>
    </message>
    <message>
      <source>Bring it back, or begin a new run.</source>
      <translation>Stellen Sie die Datei wieder her oder beginnen Sie einen neuen Lauf.</translation>
    </message>
    <message>
      <source>Found {0} volumes.</source>
      <translation>{0} Volumen gefunden.</translation>
    </message>
    <message>
      <source>Prepared, they take at most {0} GB.</source>
      <translation>Vorbereitet nehmen sie höchstens {0} GB ein.</translation>
    </message>
    <message>
      <source>Training on {0} volumes; {1} are held back to be measured.</source>
      <translation>Training mit {0} Volumen; {1} werden für Messungen zurückgehalten.</translation>
    </message>
    <message>
      <source>{0} knows CT in a window of {1} HU, the preparation {2} has {3}: what the weights know may not help.</source>
      <translation>{0} kennt CT in einem Fenster von {1} HU, die Vorbereitung {2} hat {3}: Was die Gewichte wissen, hilft vielleicht nicht.</translation>
    </message>
    <message>
      <source>Until step {0} the projection heads are trained alone.</source>
      <translation>Bis Schritt {0} werden nur die Projektionsköpfe trainiert.</translation>
    </message>
    <message>
      <source>Found {0} CTs in shards of {1} GB; {2} of them are unusable.</source>
      <translation>{0} CTs in Shards von {1} GB gefunden; {2} davon sind unbrauchbar.</translation>
    </message>
    <message>
      <source>Found {0} volumes of {1} GB.</source>
      <translation>{0} Volumen mit {1} GB gefunden.</translation>
    </message>
    <message>
      <source>Prepared, they take at most {0} GB; the cache may take {1} GB.</source>
      <translation>Vorbereitet brauchen sie höchstens {0} GB; der Zwischenspeicher darf {1} GB haben.</translation>
    </message>
    <message>
      <source>The data set was moved: the {0} volumes of the run are the same in {1}.</source>
      <translation>Der Datensatz wurde verschoben: Die {0} Volumen des Laufs sind in {1} dieselben.</translation>
    </message>
    <message>
      <source>The shards hold another CT as {0} than the run began with.</source>
      <translation>Die Shards enthalten als {0} ein anderes CT als das, mit dem der Lauf begann.</translation>
    </message>
    <message>
      <source>Left out {0}: it is no longer there.</source>
      <translation>{0} ausgelassen: Es ist nicht mehr da.</translation>
    </message>
    <message>
      <source>In Slicer, start a new run with a smaller network or batch, or 'Less memory, more time'.</source>
      <translation>Beginnen Sie in Slicer einen neuen Lauf mit kleinerem Netz oder Batch oder „Weniger Speicher, mehr Zeit“.</translation>
    </message>
    <message>
      <source>After {0} steps {1} of the queries are found; naming the same base always finds {2}: the network has not learned where things are.</source>
      <translation>Nach {0} Schritten werden {1} der Anfragen gefunden; wer immer dieselbe Basis nennt, findet {2}: Das Netz hat nicht gelernt, wo etwas liegt.</translation>
    </message>
    <message>
      <source>The embeddings of different crops are nearly the same (spread {0}, 0.2 or more where a network tells them apart): they have collapsed.</source>
      <translation>Die Einbettungen verschiedener Ausschnitte sind fast gleich (Streuung {0}; 0,2 oder mehr, wo ein Netz sie unterscheidet): Sie sind kollabiert.</translation>
    </message>
    <message>
      <source>The loss of the volumes held back has not fallen since step {0} (from {1} to {2}), while the learning rate is at its height.</source>
      <translation>Der Verlust der zurückgehaltenen Volumen ist seit Schritt {0} nicht gefallen (von {1} auf {2}), obwohl die Lernrate am höchsten ist.</translation>
    </message>
    <message>
      <source>Before the first step {0} of the {1} volumes held back are measured.</source>
      <translation>Vor dem ersten Schritt werden {0} der {1} zurückgehaltenen Volumen gemessen.</translation>
    </message>
    <message>
      <source>The first process keeps the moments of {0} of {1} parameters.</source>
      <translation>Der erste Prozess hält die Momente von {0} der {1} Parameter.</translation>
    </message>
    <message>
      <source>The run is made longer, from {0} to {1} steps: {2}.</source>
      <translation>Der Lauf wird verlängert, von {0} auf {1} Schritte: {2}.</translation>
    </message>
    <message>
      <source>The best checkpoint cannot be marked: {0}.</source>
      <translation>Der beste Checkpoint kann nicht gekennzeichnet werden: {0}.</translation>
    </message>
    <message>
      <source>Stopped while preparing the volumes.</source>
      <translation>Während der Vorbereitung der Volumen angehalten.</translation>
    </message>
    <message>
      <source>They are kept.</source>
      <translation>Sie bleiben erhalten.</translation>
    </message>
    <message>
      <source>Resume.</source>
      <translation>Setzen Sie fort.</translation>
    </message>
    <message>
      <source>{0} processes cannot share batches of {1}.</source>
      <translation>{0} Prozesse können sich Batches von {1} nicht teilen.</translation>
    </message>
    <message>
      <source>Choose a batch that is a multiple of their number.</source>
      <translation>Wählen Sie einen Batch, der ein Vielfaches ihrer Zahl ist.</translation>
    </message>
    <message>
      <source>torch.compile does not pay on a CPU.</source>
      <translation>torch.compile lohnt sich auf einem Prozessor nicht.</translation>
    </message>
    <message>
      <source>Memory does not suffice for a step: {0}.</source>
      <translation>Der Speicher reicht nicht für einen Schritt: {0}.</translation>
    </message>
    <message>
      <source>Another process of the training ended.</source>
      <translation>Ein anderer Prozess des Trainings ist beendet.</translation>
    </message>
    <message>
      <source>Its own message says why.</source>
      <translation>Seine eigene Meldung sagt, warum.</translation>
    </message>
    <message>
      <source>There is no setting {0}.</source>
      <translation>Eine Einstellung {0} gibt es nicht.</translation>
    </message>
    <message>
      <source>No data to train on is given.</source>
      <translation>Es sind keine Daten zum Trainieren angegeben.</translation>
    </message>
    <message>
      <source>Name a folder or a list of CT volumes.</source>
      <translation>Nennen Sie einen Ordner oder eine Liste von CT-Volumen.</translation>
    </message>
    <message>
      <source>{0} must be {1}, not {2}.</source>
      <translation>{0} muss {1} sein, nicht {2}.</translation>
    </message>
    <message>
      <source>Name a YAML or JSON file with settings.</source>
      <translation>Nennen Sie eine YAML- oder JSON-Datei mit Einstellungen.</translation>
    </message>
    <message>
      <source>{0} holds no settings.</source>
      <translation>{0} enthält keine Einstellungen.</translation>
    </message>
    <message>
      <source>Write one a line, such as steps: 5000.</source>
      <translation>Schreiben Sie eine je Zeile, etwa steps: 5000.</translation>
    </message>
    <message>
      <source>{0} does not say with which PatchMerging it was trained.</source>
      <translation>{0} sagt nicht, mit welchem PatchMerging es trainiert wurde.</translation>
    </message>
    <message>
      <source>The checkpoint {0} cannot be read: {1}.</source>
      <translation>Der Checkpoint {0} kann nicht gelesen werden: {1}.</translation>
    </message>
    <message>
      <source>Check the disk or the network, then resume.</source>
      <translation>Prüfen Sie den Datenträger oder das Netz, und setzen Sie dann fort.</translation>
    </message>
    <message>
      <source>The checkpoint {0} cannot be used: {1}.</source>
      <translation>Der Checkpoint {0} ist nicht verwendbar: {1}.</translation>
    </message>
    <message>
      <source>Delete it: the run then goes on from the one before it.</source>
      <translation>Löschen Sie ihn: Der Lauf macht dann bei dem davor weiter.</translation>
    </message>
    <message>
      <source>TensorBoard is not installed.</source>
      <translation>TensorBoard ist nicht installiert.</translation>
    </message>
    <message>
      <source>pip install tensorboard, or go on without it.</source>
      <translation>pip install tensorboard, oder ohne weitermachen.</translation>
    </message>
    <message>
      <source>{0} cannot be used: {1}: {2}.</source>
      <translation>{0} kann nicht verwendet werden: {1}: {2}.</translation>
    </message>
    <message>
      <source>Check its settings, or go on without it.</source>
      <translation>Prüfen Sie seine Einstellungen, oder machen Sie ohne weiter.</translation>
    </message>
    <message>
      <source>{0} gets no more metrics ({1}); the training goes on.</source>
      <translation>{0} bekommt keine Messwerte mehr ({1}); das Training geht weiter.</translation>
    </message>
    <message>
      <source>{0} is not installed.</source>
      <translation>{0} ist nicht installiert.</translation>
    </message>
    <message>
      <source>pip install {0}, or go on without it.</source>
      <translation>pip install {0}, oder machen Sie ohne weiter.</translation>
    </message>
    <message>
      <source>request {0} is not done after {1} s</source>
      <translation>Anfrage {0} ist nach {1} s nicht fertig</translation>
    </message>
    <message>
      <source>Cancelled before it started.</source>
      <translation>Vor dem Start abgebrochen.</translation>
    </message>
    <message>
      <source>Install the extension again.</source>
      <translation>Installieren Sie die Erweiterung noch einmal.</translation>
    </message>
    <message>
      <source>The image could not be written to {0}: {1}.</source>
      <translation>Das Bild konnte nicht nach {0} geschrieben werden: {1}.</translation>
    </message>
    <message>
      <source>Free some space on that disk.</source>
      <translation>Schaffen Sie Platz auf diesem Datenträger.</translation>
    </message>
    <message>
      <source>Cancelled; the background process has ended.</source>
      <translation>Abgebrochen; der Hintergrundprozess ist beendet.</translation>
    </message>
    <message>
      <source>Cancelled; the background process was ended.</source>
      <translation>Abgebrochen; der Hintergrundprozess wurde beendet.</translation>
    </message>
    <message>
      <source>The background process hangs: it neither answers nor computes.</source>
      <translation>Der Hintergrundprozess hängt: Er antwortet nicht und rechnet nicht.</translation>
    </message>
    <message>
      <source>It was ended.</source>
      <translation>Er wurde beendet.</translation>
    </message>
    <message>
      <source>Try again; if it hangs again, choose the CPU as device.</source>
      <translation>Versuchen Sie es noch einmal; hängt er wieder, wählen Sie den Prozessor als Gerät.</translation>
    </message>
    <message>
      <source>Cancelled when it was nearly done.</source>
      <translation>Abgebrochen, als es fast fertig war.</translation>
    </message>
    <message>
      <source>The background process was ended from outside, probably because memory ran out.</source>
      <translation>Der Hintergrundprozess wurde von außen beendet, vermutlich weil der Speicher ausging.</translation>
    </message>
    <message>
      <source>The background process ran out of memory.</source>
      <translation>Dem Hintergrundprozess ist der Speicher ausgegangen.</translation>
    </message>
    <message>
      <source>The background process could not start ({0}){1}</source>
      <translation>Der Hintergrundprozess konnte nicht starten ({0}){1}</translation>
    </message>
    <message>
      <source>Install the Python packages again; the log says which one is missing or broken.</source>
      <translation>Installieren Sie die Python-Pakete noch einmal; das Protokoll sagt, welches fehlt oder defekt ist.</translation>
    </message>
    <message>
      <source>The background process crashed ({0}).</source>
      <translation>Der Hintergrundprozess ist abgestürzt ({0}).</translation>
    </message>
    <message>
      <source>Try again.</source>
      <translation>Versuchen Sie es noch einmal.</translation>
    </message>
    <message>
      <source>If it crashes again, choose the CPU as device, and report the log.</source>
      <translation>Stürzt er wieder ab, wählen Sie den Prozessor als Gerät, und melden Sie das Protokoll.</translation>
    </message>
    <message>
      <source>The request {0} {1} {2}.</source>
      <translation>Die Anfrage {0} {1} {2}.</translation>
    </message>
    <message>
      <source>The field {0} needs {1} finite numbers.</source>
      <translation>Das Feld {0} braucht {1} endliche Zahlen.</translation>
    </message>
    <message>
      <source>The array {0} cannot be read: {1}.</source>
      <translation>Das Feld von Zahlen {0} kann nicht gelesen werden: {1}.</translation>
    </message>
    <message>
      <source>The image has {0} axes of type {1}; a CT has three, of numbers.</source>
      <translation>Das Bild hat {0} Achsen vom Typ {1}; ein CT hat drei, mit Zahlen.</translation>
    </message>
    <message>
      <source>A grid has 2 to {0} bases a side and fits or is native.</source>
      <translation>Ein Raster hat 2 bis {0} Basisausschnitte je Seite und ist eingepasst oder nativ.</translation>
    </message>
    <message>
      <source>There is no view {0}.</source>
      <translation>Eine Ansicht {0} gibt es nicht.</translation>
    </message>
    <message>
      <source>Prepare it first.</source>
      <translation>Bereiten Sie sie zuerst vor.</translation>
    </message>
    <message>
      <source>The request {0} has no integer as 'id'.</source>
      <translation>Die Anfrage {0} hat keine ganze Zahl als 'id'.</translation>
    </message>
    <message>
      <source>A line is no JSON: {0}.</source>
      <translation>Eine Zeile ist kein JSON: {0}.</translation>
    </message>
    <message>
      <source>A request is a JSON object.</source>
      <translation>Eine Anfrage ist ein JSON-Objekt.</translation>
    </message>
    <message>
      <source>Memory does not suffice: {0}.</source>
      <translation>Der Speicher reicht nicht: {0}.</translation>
    </message>
    <message>
      <source>Please report it with the log.</source>
      <translation>Bitte melden Sie das mit dem Protokoll.</translation>
    </message>
    <message>
      <source>There is no request {0}.</source>
      <translation>Eine Anfrage {0} gibt es nicht.</translation>
    </message>
    <message>
      <source>The shape of an image is three integers from 1 to {0}, not {1}.</source>
      <translation>Die Form eines Bildes besteht aus drei ganzen Zahlen von 1 bis {0}, nicht {1}.</translation>
    </message>
    <message>
      <source>{0} is not supported, so no model can be like it.</source>
      <translation>{0} wird nicht unterstützt, also kann kein Modell so sein.</translation>
    </message>
    <message>
      <source>The import was cancelled.</source>
      <translation>Der Import wurde abgebrochen.</translation>
    </message>
    <message>
      <source>The field 'structures' is a list of names.</source>
      <translation>Das Feld 'structures' ist eine Liste von Namen.</translation>
    </message>
  </context>
</TS>
