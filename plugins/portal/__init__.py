"""The bundled vault: the client's own web application. All it knows came in through the vault protocol."""
