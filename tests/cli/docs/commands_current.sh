# docs/commands.md is what the tables say. Anew: build/ptrun help --markdown > docs/commands.md
ptrun help --markdown | diff "$SOURCE/docs/commands.md" -
