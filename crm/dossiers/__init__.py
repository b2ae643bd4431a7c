"""The dossier (case), its status path, its services (diensten) and products."""
