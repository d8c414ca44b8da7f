"""Everything that runs: settings, store, runner, commands."""
