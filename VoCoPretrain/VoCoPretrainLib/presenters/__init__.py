"""What the panel of trainings decides, without Qt: newRun, runList and run are its parts."""
