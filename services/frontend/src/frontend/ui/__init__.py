"""What the pages share: connection, errors, header, tables, charts, words. It imports no page."""
