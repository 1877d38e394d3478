"""Signed indexes of packages: who may say what there is, where it lies, and how it is read, written and searched.

In: a reader or a store of files (`core.ports`), keys, a folder of trust under ``$GUILD_HOME``. Out: values of
`core.packages.catalog`. Raises `TrustError` where files are not what the keys signed, `CatalogError` where what was
signed is unsound. The signed metadata is TUF (theupdateframework.io), by its own library.
"""
