"""The panel in Qt: each section shows what a presenter says; panel.Panel puts them together."""
