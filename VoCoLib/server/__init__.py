"""Segmentation on another computer: `service` answers, `remote` asks.

Callers use service.Service, listening.listen, remote.Server, remote.RoutedClient and
tls.context_for.
"""
