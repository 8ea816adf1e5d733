"""Who did what, when and from where: records that nobody changes."""
