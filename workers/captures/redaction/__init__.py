"""Redaction: takes deleted posts out of segments, so that manifests prove the rest."""
