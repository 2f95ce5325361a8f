<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
  <context>
    <name>VoCoPretrain</name>
    <message>
      <source>VoCo Pretrain</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Pre-trains VoCo networks on your own unlabelled CT and fine-tunes them, in the background; training goes on when Slicer is closed. See the &lt;a href="{url}"&gt;documentation&lt;/a&gt;.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>VoCo was published by Linshan Wu, Jiaxin Zhuang and Hao Chen: &lt;a href="{cvpr}"&gt;CVPR 2024&lt;/a&gt; and &lt;a href="{tpami}"&gt;arXiv 2410.09890&lt;/a&gt;. If you use it, please cite them.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not installed: {names}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Press Start in the module VoCo Pretrain, which installs it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The run has no model yet.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Its first measure writes one.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>New run</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Training:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Pre-training teaches a network anatomy from CT alone; fine-tuning teaches it to segment.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Pre-training: CT alone</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Fine-tuning: CT with labels</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Data:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Where the CT volumes are.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Folder of CT volumes</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Dataset or list of files</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Volumes in this scene</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A folder with CT at any depth: .nii, .nii.gz, .nrrd, .mha, .mhd or DICOM. For fine-tuning with imagesTr and labelsTr.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A dataset.json as of the Medical Segmentation Decathlon, or a text file with one path a line.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The ticked volumes are written to the folder of the runs, with their transforms; of a sequence, all frames. Segmentations made on a volume are its labels.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Start from:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A finished pre-training, or a model that is on this computer.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Method:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The version of VoCo.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Preset:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>For which part of the body: voxel size, window of HU, and the grid of base crops.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Network:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Larger networks learn more and take more memory and time. tiny is for small machines; B is the published one.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Steps:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Steps of the optimiser in the whole run.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The run gets a folder of this name.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Folder of runs:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Settings, checkpoints, curves and models of all runs are here.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Advanced</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Device:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Automatic takes an NVIDIA graphics card if there is one. Runs on the same device wait for each other.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Batch:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Volumes of a step; in pre-training they are compared with each other.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Query crops:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Random crops of each volume whose place the network learns to tell.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Learning rate:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The highest; it rises at the beginning and falls to zero at the end.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source> x 10^-4</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Precision:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Automatic takes the fastest that this computer calculates natively.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Held back:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Share of the volumes that is measured, not trained on.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source> %</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Seed:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Of everything that is random.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Checkpoint every:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Steps that are lost at most when the computer goes down.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source> steps</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Measure every:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>How often the volumes held back are looked at.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Prepared volumes:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Disk space that prepared volumes may take, of all runs together.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source> GB</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Computes activations twice instead of keeping them; the result is the same. Pre-training of the larger networks does by itself, and on a graphics card where it has to.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Less memory, more time</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check data and estimate</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Reads all volumes and tries a few steps: what can be used, and how long it will take.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Start</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Runs</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The runs in the folder of runs, the latest first; select one to see it below.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show curve</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>What the plot shows.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Adds the average of the last steps.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Smooth</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Logarithmic scale of the loss.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Log scale</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Resume</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Goes on from the last checkpoint.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Open folder</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Shows the files of the run.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Deletes the files of the run.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use in VoCo Segmentation</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Log</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>What the selected run says; the last lines.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>qSlicerAbstractCoreModule</name>
    <message>
      <source>Segmentation</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>VoCoPretrainLib.curveNodes</name>
    <message>
      <source>Loss</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Learning rate</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{title}, axis from {low:.2f} to {high:.2f}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Step</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>each step</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>average</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>volumes held back</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Share of queries found</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Mean Dice</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>VoCoPretrainLib.jobs</name>
    <message>
      <source>Volumes of the scene</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>writing</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{folder} cannot be written: {error}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check permissions and free space, or choose another folder of runs.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{count} volumes written.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Left out: {reason}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} is written without its nonlinear transform.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check of the data</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>None of the volumes can be used.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Trial of a few steps</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>VoCoPretrainLib.nrrd</name>
    <message>
      <source>{path} cannot be written: {error}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check permissions and free space, or choose another folder of runs.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>presenters.newRun</name>
    <message>
      <source>Trains in the background, also without Slicer.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cancel</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check data and estimate</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Wait for the check, or cancel it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Tick a volume of the scene.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose the CT volumes to train on.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Give the run a name.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose a name that a folder can have on any computer.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose the folder of the runs.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>There is a run of this name.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>These segmentations are results of VoCo:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A network that learns from them repeats their errors. Are they corrected?</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Fine-tuning from results</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>presenters.run</name>
    <message>
      <source>There are no runs yet.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Select a run in the table.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop now</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Ends it at once; what it did since its last checkpoint is lost.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Saves a checkpoint and ends; the run can be resumed.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete {name} with its checkpoints, its model and its log?</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete a run</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>There is a model {name} already. Replace it?</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use a model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Adds the model to those of VoCo Segmentation and opens that module.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>There is a model after the first measure.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A curve needs {needed} points; this one has {count} so far.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Shows the curve in a plot view; it is live.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>presenters.startProposal</name>
    <message>
      <source>Run {name}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Proposed: your latest pre-training, {name}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose the data and press Check: a start is proposed for what it shows.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The body region of the data was not recognised.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Proposed: it knows {known}; the data shows {shown}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No model on this computer is for {shown}.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>sections.dataSection</name>
    <message>
      <source>{text} (a result of VoCo)</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>sections.runSection</name>
    <message>
      <source>Loss</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Learning rate</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Score</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>sections.runTable</name>
    <message>
      <source>Name</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Kind</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>State</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Step</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Loss</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Time left</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Device</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Started</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>sections.settingsSection</name>
    <message>
      <source>VoCo v2 (TPAMI)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>VoCo v1 (CVPR 2024)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Automatic</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Processor</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing: random weights</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Abdomen and trunk</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Chest (lung window)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Head and neck, mixed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Any region, coarse</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Abdomen and trunk (v1)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>tiny: for small machines</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>B: 53 million weights</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>L: 206 million weights</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>H: 818 million weights</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>VoCoPretrainLib.texts</name>
    <message>
      <source>Pre-training</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Fine-tuning</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>queued</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>preparing data</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>running</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>stopping</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>stopped</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>finished</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>failed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>lost</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{step} of {steps}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Queued: it starts as soon as its device is free, also without Slicer.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stopping: it saves a checkpoint first.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Finished after {steps} steps.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Starting</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{done} of {total}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{time} left</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Preparing the volumes</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{usable} of {volumes} volumes can be used.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Spacing {spacing} mm, size {shape} voxels, values {hu} HU.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>To be corrected, or the training fails:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Left out:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>… and {count} more.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Estimate from {steps} steps tried with {tried} of your volumes on {device}:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>about {time} ({step} a step), {memory} memory, {disk} disk.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The memory will not suffice: choose a smaller network or batch.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The disk will not suffice: free some space or choose another folder.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{needed} of {free} free</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{milliseconds:.0f} ms</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Loss {loss:.4g}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>learning rate {rate:.2e}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{speed:.2g} volumes a second</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{share:.0f} % of the queries found, {error:.2f} crops off</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>loss of volumes held back {loss:.3g}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>mean Dice {dice:.3f}</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>VoCoSegmentation</name>
    <message>
      <source>VoCo Segmentation</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Segments organs in CT with VoCo models and measures them. Not for clinical use. See the &lt;a href="{url}"&gt;documentation&lt;/a&gt;.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>VoCo was published by Linshan Wu, Jiaxin Zhuang and Hao Chen: &lt;a href="{cvpr}"&gt;CVPR 2024&lt;/a&gt; and &lt;a href="{tpami}"&gt;arXiv 2410.09890&lt;/a&gt;. If you use it, please cite them.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The callback of a job cannot wait for another job.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use wait=False.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not installed: {names}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Press Apply in the module VoCo Segmentation, which installs it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose a CT volume.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>1. Load a CT: with Add Data or Add DICOM Data, or one of these.
2. The model for its body region is chosen by itself; look whether it is the right one.
3. Press Apply. Images never leave this computer.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Downloads a CT of the abdomen from the sample data of Slicer, after a question.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Sample CT</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Makes a synthetic CT of a torso, for which a model is part of VoCo: works without a network.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Synthetic CT</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Says what will be removed and fetched, and asks.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Inputs</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>CT volume:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The CT to segment. Values must be Hounsfield units.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Segments every frame of the sequence that this volume shows; otherwise only the frame that is shown.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>All frames of the sequence</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Model:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The network that segments, and what it segments.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Takes over a file of weights, for example one that was downloaded on another computer.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Import…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Downloads the weights of this model, once. Its licence is shown first.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Download</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Deletes the weights of this model from this computer.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Remove</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Structures</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Shows only structures whose name holds this text.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Includes every structure that the list shows.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>All</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Leaves out every structure that the list shows.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>None</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The structures that become segments.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Advanced</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Region:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Only this box is segmented, which saves time and memory. Draw one with the Markups toolbar.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Whole volume</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Compute on:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Automatic takes the graphics card if there is one that suits, otherwise the processor.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Also makes a volume that shows where the network was unsure, over the CT. Takes no more time.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show uncertainty</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Queues every CT of this scene, each with the model for its body region.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Segment all CTs of this scene</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Opens the folder of the models that were downloaded or imported. Remove them with the button below their description.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Models folder</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Ends the background process, which keeps the last model in memory; the next job starts it again. It ends by itself after five minutes.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Free memory</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Outputs</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Segmentation:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Where the result goes. A segmentation chosen here is replaced; its display settings stay.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Create new segmentation</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Apply</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Segments this volume after the ones that are running or waiting.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Add to queue</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>What is waiting for its turn.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Takes the selected entry out of the queue.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Shows the segmentation chosen above in the 3D view.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show 3D</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Shows volume and mean HU of every structure in a table.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Statistics</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Opens the segmentation in Segment Editor, over its CT.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Edit</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Writes the segmentation as DICOM SEG, for a CT from Slicer's DICOM database.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>DICOM SEG…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Writes the segmentation (.seg.nrrd) and its table (.csv) into a folder.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Files…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Log</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>What the background process does and says; copy it for a bug report.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copies the log, with versions and device, to the clipboard for a bug report.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>VoCoSegmentationLib.VoCoSubjectHierarchyPlugin</name>
    <message>
      <source>Segment with VoCo</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>installation.installFlow</name>
    <message>
      <source>The extension PyTorch is not loaded.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Installing PyTorch. This takes some minutes.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>PyTorch was not installed.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Repair Python packages</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Python packages are being installed.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>VoCo needs Slicer {needed} or newer; this is Slicer {this}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Install Python packages</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Install</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Install from folder…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Folder of wheels</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Also {names}, about {size}: large models about 1.7 times as fast without a graphics card</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name}: about {size}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>VoCo needs Python packages that this Slicer does not have.

{rows}

They are downloaded from pypi.org and pytorch.org, PyTorch {device}, to
{folder}

Slicer cannot be used meanwhile, for some minutes. PyTorch and NumPy that are there already stay as they are.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>for the NVIDIA graphics card</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>for the processor alone</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Without internet: on another computer with the same operating system run

{commands}

copy the folder wheels to this computer, and choose 'Install from folder'.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name}: is removed and fetched again, about {size}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The Python packages of VoCo are there, but cannot be loaded. Install them again?

{rows}

Other extensions that use them, too, work again afterwards. Slicer cannot be used meanwhile.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Install PyTorch</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The extension PyTorch, which chooses the build of PyTorch for this computer's graphics card, is not loaded in this Slicer.

Install it and restart Slicer (data that is not saved will be lost; afterwards go on in the panel of VoCo), or install PyTorch as pypi.org has it, which may not fit the graphics card?</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Install extension and restart</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Install without it</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The installer of PyTorch ended without PyTorch: {error}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The Python console shows why: usually no connection, or a proxy.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>PyTorch cannot be used: {error}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Uninstall it in the module PyTorch, restart Slicer, then try again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The extension PyTorch could not be installed. Install it with the Extensions Manager.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>installation.installer</name>
    <message>
      <source>The damaged packages could not be removed (exit code {code}).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Restart Slicer, which may use them, and try again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing was installed.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>PyTorch {version} is installed, which is too old.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Uninstall it in the module PyTorch, restart Slicer, and try again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The Python console shows why. Check the connection, or install from a folder.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The Python console shows what the folder lacks.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>pip ended with exit code {code}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not installed: {names}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>VoCo does without, slower.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} {before} was replaced by {after}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Uninstall PyTorch in the module PyTorch, restart Slicer, and try again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>About {needed} MB are needed in {folder}, and {free} MB are free.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Free some space on that disk.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>installation.shownOutput</name>
    <message>
      <source>Install Python packages</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>installation.wheelFolder</name>
    <message>
      <source>{folder} holds no wheels itself: choose {deeper}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{folder} holds no wheels (files that end in .whl).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Damaged or not copied to the end: {names}. Copy them again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not in {folder}: {names}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>For another Python or system than this one ({this}): {names}.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>jobs.positions</name>
    <message>
      <source>{name} has a nonlinear transform.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Harden it with the module Transforms, or choose the CT without it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The CT was removed.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose another one.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Position in {volume}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Position map of {volume}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Search in {reference}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Position view</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>jobs.queue</name>
    <message>
      <source>Cancelled.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The log has the details.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The scene was closed.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} was removed.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>jobs.segmentation</name>
    <message>
      <source>frame {number} of {total}: {stage}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{found} of {total} structures found, in {time} on {device}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>'{name}' is one name.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Give a list of names: structures=['{name}'].</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{model} has no structure '{name}'.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It has: {names}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No structure is chosen.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose at least one, or None for all.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>VoCoSegmentationLib.panelWords</name>
    <message>
      <source>Press Repair in the module VoCo Segmentation; the log says what is broken.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Press Download, or without a network get the file some other way and import it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Or get the file on another machine and import it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Remove the model in the panel and import the file again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check its permissions and free space.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose another device under Advanced.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose a segmentation model.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Import it in the module VoCo Segmentation.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose another start.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>presenters.closing</name>
    <message>
      <source>VoCo is not done, and what it works on will be lost: {titles}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A training goes on without Slicer: {names}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Close Slicer?</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>presenters.devices</name>
    <message>
      <source>Automatic</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>CPU</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name}, {memory}</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>presenters.modelList</name>
    <message>
      <source>Name a model: {known}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{title} ({remarks})</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} (not on this computer)</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>part of VoCo</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>downloaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>imported</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>not downloaded</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>its file is missing</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>not supported</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{modality} · {count} structures · {size} · {state} · licence: {licence}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>about {size}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>unknown size</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>presenters.models</name>
    <message>
      <source>No model was downloaded or imported yet.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Models take {size}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The model {name} is not on this computer: import it, or choose another one.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose a model.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The weights of {title} are missing: remove and import them again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete the weights of {title} from this computer?</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Remove a model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{size} freed</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Download {title} ({size}) from huggingface.co/{repository}?</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Licence: {licence}.
{note}

OK means that you agree.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Download a model</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>presenters.packages</name>
    <message>
      <source>The Python packages cannot be loaded.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Repair…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The installation of Python packages was interrupted.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Go on…</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>presenters.position</name>
    <message>
      <source>Cancelled. Move the point to ask again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Waiting for the segmentation of {volume}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Waiting for: {title}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Comparing…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The position view is hidden.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Click on a place of the body in a slice view. The right button cancels.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Place point will ask to install Python packages first.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Press Place point and click on a place of the body in a slice view.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose a CT volume above.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose another one, or import it above.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Looking at what the CT shows…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose a model, download one above, or choose a file of weights.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Compared: {what}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Similarity</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Map: confidence</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Map: error, mm</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>presenters.positionModels</name>
    <message>
      <source>The model {name} is not on this computer.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>presenters.quickStart</name>
    <message>
      <source>Download a CT of the abdomen from the sample data of Slicer? It is kept for later.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Sample CT</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>presenters.results</name>
    <message>
      <source>Folder for the files</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{names} is in this folder. Replace it?</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export files</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{names} cannot be written. Choose a folder that you can write to.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Written to {folder}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A DICOM SEG refers to the DICOM files of its CT, and this CT was not loaded from Slicer's DICOM database. Import its DICOM files with Add DICOM Data and segment it from there, or export files instead.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Slicer writes DICOM SEG with the extension QuantitativeReporting, which is not installed. Install it in the Extensions Manager, or export files instead.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>presenters.segmentation</name>
    <message>
      <source>Apply</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cancel</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Segments the volume.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stops {title}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose a CT volume.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose at least one structure.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Looking at what the CT shows…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Ready.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Ready. Apply will ask to install Python packages first.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Ready. Apply will download the model first ({size}, once).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The slice views show {volume} now.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>presenters.severalVolumes</name>
    <message>
      <source>Not segmented:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Download the model first.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>scene.positionNodes</name>
    <message>
      <source>Position view of {volume}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Position view</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>scene.positionPoint</name>
    <message>
      <source>Position query</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>scene.positionResults</name>
    <message>
      <source>Base crops</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Most similar base</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Query crop</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Similarity to the bases</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Position table</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Position confidence</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Position error, mm</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Match in {reference}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>match {value:.2f}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Similarity in {reference}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Names of the bases</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Predicted centre</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>predicted</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Position chart</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Base</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Similarity</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Probability</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Overlap</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>scene.segmentations</name>
    <message>
      <source>{volume} segmentation</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} was changed while it was segmented: it has another size now.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Segment it again.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>scene.tables</name>
    <message>
      <source>{segmentation} statistics</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Frame</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Structure</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Volume, mL</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Mean, HU</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Voxels</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Look at</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>scene.uncertainty</name>
    <message>
      <source>{segmentation} uncertainty</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>scene.volumes</name>
    <message>
      <source>{name} has no voxels.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose another volume.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} has more than one value per voxel (colour or vectors).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose the original CT, which has one number per voxel.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} has a single slice ({size} voxels).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose a volume with all slices of the CT.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The geometry of {name} flattens the image.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Correct its spacing and directions in the module Volumes, or its transform.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The region {name} has not been placed.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Draw it over the volume, or choose no region.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{value} is not a node of the scene.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Give the node itself, such as slicer.util.getNode(name).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} is no {kind}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} is not in the scene (any more).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Add it with slicer.mrmlScene.AddNode(node), or load it again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No volume is selected.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose a CT volume.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} is a label map, not an image.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{name} is not a volume.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{volume} is segmented without its nonlinear transform {transform}.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>sections.closeGuard</name>
    <message>
      <source>Close Slicer</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>sections.dialogs</name>
    <message>
      <source>Weights (*.safetensors *.pt *.pth *.ckpt);;All files (*)</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>sections.importDialog</name>
    <message>
      <source>Import weights</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>What does {name} hold?</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name in the list:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Weights written by VoCo, which say what they segment</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The published weights of {title}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Own weights, same network and structures as {title}</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>sections.modelSection</name>
    <message>
      <source>Import weights</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>sections.positionSection</name>
    <message>
      <source>As trained</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Whole body in one grid</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Voxels keep their size</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Hide</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Weights with an encoder</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>sections.slicerFrontEnd</name>
    <message>
      <source>The sample CT cannot be loaded.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>sections.storageSection</name>
    <message>
      <source>The background process has ended and given its memory back.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>sections.structureSection</name>
    <message>
      <source>Structures (all {total})</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Structures ({count} of {total})</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>VoCoSegmentationLib.texts</name>
    <message>
      <source>{seconds} s</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{minutes} min</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{hours:.1f} h</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{megabytes:.0f} MB</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{gigabytes:.1f} GB</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>the processor</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>the graphics card ({identifier})</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Whole volume: about {time}, {memory} of {free} free memory, on {device}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>That does not fit: choose a region of interest or a smaller model.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{title}: waiting for {other}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{title}: waiting</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{title}: {progress}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{title}: cancelling…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{title}: {result}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>done.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{title} failed: {error}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{title}: {error}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>starting PyTorch</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>loading the model</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>finding the body</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>segmenting</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>downloading</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>importing</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>starting…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{percent} %</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{time} left</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>head</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>neck</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>chest</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>abdomen</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>pelvis</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>legs</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>VoCo's synthetic torso</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>not found</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>cut by the edge of the image</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>small: {value:.3g} mL, usual is more than {limit:g}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>large: {value:.3g} mL, usual is less than {limit:g}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>dark: {value:.0f} HU, usual is more than {limit:g}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>bright: {value:.0f} HU, usual is less than {limit:g}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>in {count} pieces</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>on the other side of {partner}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{structure} ({remarks})</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Look at: {structures}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cut by the edge of the image: {structures}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing implausible.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>This model knows {known} only; this CT is another one.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>This model knows {known}; this CT seems to show {shown}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No model here is for {shown}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The body region of this CT was not recognised.</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>PositionSection</name>
    <message>
      <source>What the model knows about where it is.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Position</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Model:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The network whose encoder compares places. One that was pre-trained with VoCo has learned it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Takes the encoder from a file of weights.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>File…</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Grid:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>How many bases there are from right to left, and as many from back to front.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>As trained</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source> a side</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Whether the whole body is stretched into one grid, or grids of a fixed size lie one above the other.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Point:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The point to ask about. Of several points in a list, the one that was moved last counts. Drag it, and the answer follows.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>None</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The next click in a slice view places the point.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Place point</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>How similar the place is to each base crop, named (column,row) from the left and back of the patient; how probable the model finds it to lie there; and how much of it does lie there.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Base (1,1) is at the patient's right and back. Similarity is what the model finds, probability what it makes of it, overlap the truth.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Colours:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>What is shown in colours over the CT.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>How much the colours cover the CT.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Other CT:</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Where is this place in another patient? Choose the CT of that patient.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Looks all over the other CT for the place that looks most like the one at the point.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Find there</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Slice views with the other CT jump to the match; if there are none, all show the other CT until you press Hide or Remove.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Show the match in the slice views</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Asks all over the body: where is the model sure of the position, and where is it wrong?</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Map</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Shows the numbers in the table of the layout.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Table</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Shows the numbers as bars in the plot of the layout.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Plot</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stops what the position view is doing.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cancel</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Hides everything of the position view, or shows it again. The slice views get back what they showed before.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Hide</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Removes everything of the position view from the scene, and nothing else.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Remove</source>
      <translation type="unfinished" />
    </message>
  </context>
  <context>
    <name>VoCoLib</name>
    <message>
      <source>{0} has a table (Modality LUT) instead of HU.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use the CT itself.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The files' padding value stands for {0} HU, which tissue has; it was not taken for padding.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The files call their values {0}, but only as {1} ones they are HU; read as such.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The files say that their values are {0}, not HU.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has no Rescale Slope and Intercept, and its values, {1} and more, are no HU: even air is not below -200.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export the original CT again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Rescale Slope or Intercept is missing; the values were taken for HU.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The gantry was tilted by {0} degrees; the grid is sheared.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} could not be written: a DICOM SEG refers to the CT's files, and {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Write a .seg.nrrd instead.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} cannot be opened: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check its permissions.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} holds no DICOM series, no slices of a volume{1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name the folder that holds the CT's DICOM files.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>There are: {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has several slices at the same position, and only their order tells them apart: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name a file, or a DICOM folder, with all slices of the CT.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The slices are {0} to {1} mm apart; {2} mm is used for all.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Slices are missing {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The slices are {0} to {1} mm apart.{2} They were resampled along their real positions to {3} mm; what lies between slices is interpolated.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Left out of the series: {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Read series {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No part of a volume, left out: {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The DICOM modality is {0}, not CT.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The files have pixels of {0} x {1} mm; the given spacing was not used.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has no usable Pixel Spacing, so the size of its voxels is not known.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export or download it again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} lacks slices: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export the complete series again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is no volume: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Export the series again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The slices of {0} are {1} mm apart, not {2} mm.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>These models know only CT; for MRI, TotalSegmentator has the task total_mr.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} does not exist.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check the path.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} and {1} must be two files or two folders.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The folder {0} holds no label map.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has no reference for {1}{2}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Give prediction and reference the same file names.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has no row for {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} holds the value {1}, which neither it nor the model names.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Score it with the model that it belongs to, or as a .seg.nrrd, which has names.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is not there.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A fine-tuning writes it when it measures its held-back cases.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is no table of cases and Dice: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} was held back in two of these runs.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name each fold once.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>None of these runs has scored a case.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} of {1} structures found.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} Nothing implausible.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Look at: {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cut by the edge of the image: {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The prediction and the reference are not on the same grid: {0} against {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Resample one of them to the grid of the other.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has no column {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It needs the columns file and not_contoured (names separated by spaces).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} cannot be read: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Give a CSV in UTF-8.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} matches several labels: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Write more of the name.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} matches no label.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The labels are: {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No label has the value {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name labels of the model.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The prediction and the reference must be volumes of one shape, not {0} and {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The {0} holds {1} values.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A label map holds whole numbers.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is a folder.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name a file in it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} needs about {1}, but its disk has {2} left.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Free some space or choose another disk.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} cannot be read or written: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Look whether its disk is connected and has space, then start again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} could not be written: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose a folder that you can write to.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check the path for typing errors.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Repair or delete it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is a {1}D image; a CT volume has 3 axes.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has {1} axes ({2}): several time points or channels.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Save one 3D volume of it to a file.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has a single slice ({1} voxels).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has more than one value per voxel (colour, vectors or complex numbers).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A CT has one number per voxel: use the original image, not a rendering of it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has a voxel size of {1} mm in its header.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has NaN or infinity in its position matrix.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has a position matrix that flattens the image.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has voxels of {1} mm, which no CT of a patient has.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Correct the header, or convert the original CT again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is truncated: its header promises {1} voxels, which take at least {2} bytes, but the file has {3}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has {1} voxels that are NaN or infinite, the first at index ({2}, {3}, {4}).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Replace them with -1024 (air) if they are padding, or convert the CT again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Every voxel of {0} has the value {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} shows only air: no voxel is above {1} HU.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check that the file is the CT of a patient, in HU.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The name {0} is not UTF-8, and cannot be read: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Rename it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The voxels lie between {0} and {1}: these look like display values, not HU.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The result will be unreliable; use the original CT.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The voxels lie between {0} and {1} and do not look like HU (another modality, such as MRI, or a CT that was not rescaled).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The result will be unreliable.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} does not exist: it is a link without a target.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Fetch what it stands for, or remove it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} cannot be read: the reader crashed ({1}).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Please report it, and leave it out or convert it meanwhile.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} cannot be read ({1}: {2}).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is packed with bzip2, which ITK and Slicer cannot read.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Save it with gzip or without compression: unu save -e gzip -f nrrd -i IN -o OUT.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} of {1} bytes</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} holds no mask of the structures of {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name the files after the structures: liver.nii.gz.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is on another grid than {1} beside it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Resample it to the image's grid.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} holds the value {1}, which is in none of its segments.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Save the segmentation again in Slicer.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has a segment '{1}' with the terminology of {2}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Correct its name or its terminology in Slicer.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has two segments for {1}: '{2}' and '{3}'.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Merge or rename one.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} calls the value {1} '{2}', but {3} {4}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Give the structure one name in both.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The file's two positions, qform and sform, are up to {0} mm apart{1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The {0} was taken, as Slicer does; programs that take the {1} see the image elsewhere.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The file {0}: left and right are not known.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Its axes were taken to grow towards {0}, {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Segmentations cannot be written as {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use a name that ends in {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} cannot be written: a DICOM SEG refers to DICOM files, and the input is none.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name a .seg.nrrd or .nii.gz file, or the CT's DICOM folder as the input.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} gives two of its segments the same voxels.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is no label map: not all of its voxels are whole numbers of 16 bits.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check that it is the segmentation and not the image.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} cannot be opened: no permission to read it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Change its permissions.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is empty (0 bytes).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} does not fit into the memory of this machine.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Close other programs, or crop the image.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Unpack it first.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is not an image of the kind its name says, or its header is damaged.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is no image file that can be read.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use {0}, or name the folder that holds a CT's DICOM files.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is DICOM.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use the label map as NIfTI or NRRD.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is one file, but there are {1} inputs.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name a folder.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Found {0} volumes in {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The folder {0} holds no image file and no DICOM series.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name a folder with {0} files, or the one with the CT's DICOM files.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The model has no structure '{0}'.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Memory does not suffice for {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Please report it, with the lines above.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Two inputs have the same name: {0} and {1} would both become {2}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Segment them into different folders.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is an input.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose another name or folder.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} exists, and is no table of an earlier segmentation.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The measures would replace it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose another name or folder, or move it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Unknown device '{0}'.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use auto, cpu, cuda or cuda:N.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No device '{0}' here: PyTorch {1} sees {2} CUDA GPUs.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Unknown precision '{0}'.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use auto, {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>float16 needs a GPU.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use bfloat16 or float32 on a CPU.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Unknown engine '{0}'.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>OpenVINO does not compute on '{0}'.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>OpenVINO {0} or newer is not installed.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Install it: pip install openvino.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} computes: in a trial here a window took {1} s with OpenVINO {2} and {3} s with PyTorch, both in {4}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>OpenVINO cannot be used ({0}).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Going on with PyTorch.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Out of memory ({0}).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Going on with PyTorch instead of OpenVINO.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>an answer beyond {0}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The network answers with NaN or infinity.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Its weights are damaged, or the image holds such values.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Memory does not suffice for one window at a time in {0}: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Close other programs, choose a region of interest or a smaller model.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Going on with {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The segmentation was cancelled.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The region {0} to {1} (RAS, mm) has no extent.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The region {0} to {1} (RAS, mm) lies outside the image.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Place it over the image.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>There is no body in the region.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Place it over the patient.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The image has no voxel above {0} HU, so no body to segment.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check that it is a CT in Hounsfield units.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} cannot be resampled: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is too large: with voxels of {1} mm it would have {2} of them.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check the voxel size in its header, or crop the image.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has no voxel above {1} HU.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check that it is the CT of a patient.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Abdomen and trunk; a grid covers 288 x 288 x 96 mm.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Chest, in the lung window; a grid covers 240 x 240 x 320 mm.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Head and neck, short slabs, mixed regions; a grid covers the whole body.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>As head-neck with crops of 42^3, for small machines; a grid covers the whole body.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The CVPR 2024 version; a grid covers the whole body.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>There is no preset {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Did you mean {0}?</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>There is no model {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The weights of {0} are not here ({1}).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The licence of the weights of {0} is {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is not a file.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>There already is a model {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Remove it first, or choose another id.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is part of VoCo and cannot be removed.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is part of VoCo and needs no import.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is not the published {1}: its SHA-256 is {2}, not {3}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The folder of models {0} cannot be written: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is not supported: {1}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The installation of VoCo is incomplete: install it again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is a checkpoint of a training of this project, to go on from.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Its model so far is in the folder of the run: import {0}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} holds weights but no recipe (preset, preprocessing, labels).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name the published model whose weights they are.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0}: id is used twice.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0}: must be an object, not {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0}: {1} is not a known field.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0}: {1} is missing.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0}: {1} must be {2}, not {3}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Downloads need the Python package huggingface_hub.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Install it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} could not be downloaded: {1}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check the connection (and HTTPS_PROXY, HF_ENDPOINT, HF_HUB_OFFLINE where set) and repeat: what has arrived is kept.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>the answer holds no commit or size, so it does not come from Hugging Face</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} MB more are needed on the disk of {1}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} sent another file than expected: its SHA-256 is {1}, not {2}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It was discarded.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Repeat the download; if that does not help, ask its authors.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The download was cancelled.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The next one continues it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} and {1} cannot be averaged: their {2} differ.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name models that were trained alike, such as the folds of a cross-validation.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>OpenVINO does not average several models.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} networks do not fit into memory together.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Close other programs, or name fewer.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Two labels mean {0}: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Rename one.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} names no labels.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It needs "labels": {{0}}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} must name each label value, 1 to 255, once.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} gives the label value {1} no name.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} ignores {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Give "ignore" a number of 1 to 255.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} ignores {1}, which is also {2}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Change one.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has a label that cannot be used: {1}: {2}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Regions of several values are not supported: give each structure one value.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is a pre-trained encoder; it has no structures to segment.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} does not fit into memory.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Close other programs, or choose a smaller model.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>There is no file {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It is kept as {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0}{1} Your own models that were found again: {2}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>To be imported again: {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Imported by the user: ask whoever trained the model.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} cannot become a model: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Imported from {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The run {0} has no model yet.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Its first measure writes one, and so does a stop after its first step.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The bundle {0} cannot be written: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Free some space and resume.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Mean Dice on cases held back: {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Segments {0} in CT.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Research; not for clinical use.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} holds {1} twice, under different prefixes.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} holds several networks ({1}).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Save one of them alone.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is unusable: {1} holds NaN or infinite values.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The training diverged or the file is damaged; use an earlier checkpoint.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has format version {1}, this program reads 1.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Update the VoCo extension.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has an invalid description of its model: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} was not written: {1} holds NaN or values beyond float16.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The training diverged; lower its learning rate.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Free some space or choose another folder.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Weights must come from MONAI's SwinUNETR with use_v2=True.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} ({1}) has no usable projection head: {2} ({3}).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The file is incomplete or was changed; use the original.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} was saved for {1} {2}, but {3} {4} is asked for.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use it with the description (recipe) in its own metadata.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} ({1}) does not fit: {2} ({3}).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose the matching preset.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use weights for plain CT.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It can start a fine-tuning; to segment, use fine-tuned weights such as VoComni_B.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Import it with its own label table.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose a file of weights: .pt, .pth, .safetensors or a MONAI bundle.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Copy or download it again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is {1}, not a checkpoint.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is a damaged or truncated safetensors file: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is a folder, not a checkpoint, and no MONAI bundle: it lacks models/model.pt.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is truncated: its end is missing.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is damaged: {1} has changed.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is a damaged zip file: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is a zip file of {1}, not a checkpoint.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} holds TorchScript: a program with fixed weights, which would be run to be read.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use the models/model.pt of the same bundle.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is damaged or truncated: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is a pickle that torch.save did not write, or is damaged.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} holds a pickled object ({1}) beside or instead of weights.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>To read it, code named in the file would have to run, so nothing was read.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>If you trust its origin, save the weights alone and use the new file: python -c "import torch; c = torch.load('old.pt', map_location='cpu', weights_only=False); torch.save(c['state_dict'], 'new.pt')"</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} holds a {1}, no named weights.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} holds no weights, only {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No query crop of the map lies wholly inside the grid.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} of {1} query crops are most similar to the base that they overlap the most (chance {2}); median error of the predicted centre {3} mm.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No body was found in {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check that it is a CT in HU.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} answers with NaN or infinity.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Its weights are damaged.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has an unknown record of its training: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Update VoCo.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The point ({0}) lies outside {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose a point inside the body.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The body in {0} is a single voxel thick.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check the CT.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0}: the rest is air.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0}: it is stretched, and shows little of what is learned.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Best match in the reference at ({0}, {1}, {2}), similarity {3}; most similar to its base ({4},{5}), {6}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Low: the reference may not show this part of the body.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The CT and the reference are seen by different models or grids.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Most similar to base ({0},{1}), {2}; true overlap {3}; predicted centre {4} mm from the clicked one.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Not similar to any base.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The point lies outside the body.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The point lies outside the grid.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} of the query crop lie in the grid.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The position view was cancelled.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is no point: three finite numbers R, A, S in mm are needed.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>its process ended with {0}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is not needed here</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>There is no process {0}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is in use: {1} works in it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Wait for it, stop it, or use another folder.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The checkpoint {0} cannot be written: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Free some space, or make the folder writable, then resume from the last one.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The queue {0} cannot be written: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is not the folder of a run: it has no {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} does not hold the settings of a run.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It was ended before it saved a last checkpoint.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It was never started.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Resume it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} was moved or deleted while the run was at work.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>If it was moved, resume it there: it continues from its last checkpoint.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Its process ended and could not say why: the disk of {0} is full.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Free some space, then resume it: it continues from its last checkpoint.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Its process ended without saying why: it was killed, memory ran out, or the machine went down.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Resume it: it continues from its last checkpoint.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is not empty and not the folder of a run ({1}).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose a new or empty folder.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The settings differ from those of the run in {0}: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Use its settings, or another folder for a new run.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} already holds a run.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Resume it, or choose another folder.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} cannot be written: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check permissions and free space, or choose another folder.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The structures are: {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} and {1} seem to be the same.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The cache {0} cannot be used: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Preparing the volumes was cancelled.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has changed on the disk: the volume is prepared again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>None of the {0} volumes can be used.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check that the path leads to CT volumes in HU.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Prepared volumes cannot be kept in {0} ({1}): they are prepared again each time, which is slow.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The cache {0} is full ({1} GB): volumes that do not fit are prepared again each time, which is slow.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Give it more space if you can.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} of the {1} cases of the run are not in the data, or have changed: {2}{3}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Resume with the data that the run began with, or begin a new run.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>There is no volume in {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Volumes are {0} files and folders of DICOM files.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has no {1} volumes of its own.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name them separately.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>None of the channels that {0} names is CT: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name the CT files in a text list.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} cannot be read as JSON: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} must hold an object with a list "training".</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has no list "{1}".</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Item {0} of {1} names no single image: {2}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is neither an image nor a list of images ({1}).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A list is a text file (UTF-8) with one path a line.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The check of the volumes was cancelled.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>There is no label map for {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} holds the value {1}, but the classes are 0 to {2}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Correct the label map or the list of classes.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The label map {0} is not on the grid of its image {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0}: structures overlap in {1} voxels; the smallest has them.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No training case has a labelled voxel.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check the label maps.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>All cases of the run are lost.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Bring them back and resume.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Begin a new run.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>There is no structure {0} in the data set.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing names the labels of {0}: there is no dataset.json.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has masks of {1} structures.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>255 is the most.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>None of the {0} cases of {1} has a label map.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name label maps in the dataset.json ("label"), put them into labelsTr, or masks, one per structure, into a folder segmentations beside each CT.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Held back is fold {0}: {1} cases.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>All cases are held back for validation.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Hold back fewer of them.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Held back are the {0} cases that {1} lists for validation.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is not used: it has no "val" in its first fold.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is not used: {1} is no labelled case.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Held back are the {0} cases of the first fold of {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0}, which {1} lists for validation, is no labelled case of the data set.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Correct the list.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} says of {1} whether {2} was contoured, but there is no such structure in the data set.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>In a table, spaces separate names: write those of several words together.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} in {1} may mean {2}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Write the names of the folders, too.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} says what was contoured in {1} and others, but they are no cases of the run.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Its names must be those of the image files.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>"contoured" of {0} in {1} is {2}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It must be a list of names: ["Liver", ...].</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Training on {0} cases; {1} are held back to be segmented and scored.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Structures: {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Left out {0}: it has no label map.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The data set was moved: the {0} cases of the run are the same in {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>In mirrored patients these change names: {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Without a counterpart: {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Correct the label map.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Pieces at most, beyond which small islands are removed: {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} holds the value {1}, which has no name.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Correct the label map, or name the value in dataset.json.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} has no voxel in {1} of {2} cases, such as {3}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>In Slicer, start a new run with a smaller batch or 'Less memory, more time'.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Nothing to start from is given.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} does not say with which PatchMerging it was trained.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stopped after step {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Resume to go on.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} cannot be the name of a folder.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose another name.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Wait until it has stopped.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It cannot be resumed.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} runs on another computer.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop it at once from there.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stop it first.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} cannot be deleted: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} could not be started: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>There is no training {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stopped before it began.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose another folder.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The trial was cancelled.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The step is repeated with {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The {0} became {1} in step {2}; the last checkpoint is {3}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Begin a new run with a lower learning rate, or in float32.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} {1} The training goes on.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>All volumes of the run are lost.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} crops at a time, {1}: {2} MB each, {3} GB free.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Training on {0} volumes; {1} are held back to be measured.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The data set was moved: the {0} volumes of the run are the same in {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Left out {0}: it is no longer there.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>In Slicer, start a new run with a smaller network or batch, or 'Less memory, more time'.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The run is made longer, from {0} to {1} steps: {2}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The best checkpoint cannot be marked: {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The training goes on.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Stopped while preparing the volumes.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>They are kept.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Resume.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} processes cannot share batches of {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Choose a batch that is a multiple of their number.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>torch.compile does not pay on a CPU.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Memory does not suffice for a step: {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Another process of the training ended.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Its own message says why.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>These are settings of `voco {0}`, not of `voco {1}`.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>This is a run of `voco {0}`, not of `voco {1}`.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>There is no setting {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>No data to train on is given.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Name a folder or a list of CT volumes.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} must be {1}, not {2}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The checkpoint {0} cannot be read: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Check the disk or the network, then resume.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The checkpoint {0} cannot be used: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Delete it: the run then goes on from the one before it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>TensorBoard is not installed.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>pip install tensorboard, or go on without it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>request {0} is not done after {1} s</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cancelled before it started.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Install the extension again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The image could not be written to {0}: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Free some space on that disk.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cancelled; the background process has ended.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cancelled; the background process was ended.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The background process hangs: it neither answers nor computes.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>It was ended.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Try again; if it hangs again, choose the CPU as device.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cancelled when it was nearly done.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The background process was ended from outside, probably because memory ran out.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The background process ran out of memory.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The background process could not start ({0}){1}</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Install the Python packages again; the log says which one is missing or broken.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The background process crashed ({0}).</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Try again.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>If it crashes again, choose the CPU as device, and report the log.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The request {0} {1} {2}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The field {0} needs {1} finite numbers.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The array {0} cannot be read: {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The image has {0} axes of type {1}; a CT has three, of numbers.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A grid has 2 to {0} bases a side and fits or is native.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>There is no view {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Prepare it first.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The request {0} has no integer as 'id'.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Cancelled.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A line is no JSON: {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>A request is a JSON object.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Memory does not suffice: {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>Please report it with the log.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>There is no request {0}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The shape of an image is three integers from 1 to {0}, not {1}.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>{0} is not supported, so no model can be like it.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The import was cancelled.</source>
      <translation type="unfinished" />
    </message>
    <message>
      <source>The field 'structures' is a list of names.</source>
      <translation type="unfinished" />
    </message>
  </context>
</TS>
