"""Python packages in Slicer: installer.Installer, and installFlow.ensureInstalled, which asks."""
