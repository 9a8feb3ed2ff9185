"""What the pages share: the connection to the gateway, errors, header, tables, charts, pictures, words.

Every page may import it; it imports no page.
"""
