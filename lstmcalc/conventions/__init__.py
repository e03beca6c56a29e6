"""How frameworks name, pack and order what the cells' equations need; each one is data."""
