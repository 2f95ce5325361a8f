"""Segmentation on another computer: `service` answers, `remote` asks; see Docs/server.md.

Callers use service.Service, remote.Server, remote.RoutedClient and tls.context_for.
"""
