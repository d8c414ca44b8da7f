#!/bin/sh
# Usage: sh benchmarks/mutation.sh [HOW_MANY]   (320 mutants unless told otherwise; needs .venv and a package index)
# Mutates lattice and rule compiler with mutmut and runs the tests next to them. mutmut wants a flat tree whose paths are
# the modules' names, so it works on a copy under build/mutation; nothing of this checkout is changed.
set -eu
cd "$(dirname "$0")/.."
many=${1:-320}
work=build/mutation
rm -rf "$work" && mkdir -p "$work/flat"
.venv/bin/python -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "mutmut>=3.8,<4"
ls -d "$PWD"/.venv/lib/python*/site-packages > "$(ls -d "$work"/venv/lib/python*/site-packages)/leadpact.pth"
cp -r core/leadpact connectors/leadpact_* mappings/leadpact_mappings app/leadpact_app sandbox/leadpact_sandbox tests "$work/flat"
cp benchmarks/mutation.toml "$work/flat/pyproject.toml"
mutmut=$PWD/$work/venv/bin/mutmut
cd "$work/flat"
# The mutants are made by a first run that picks none; then a seeded sample of their names is run.
"$mutmut" run --max-children 1 "none*" > ../made.log 2>&1 || true
python3 - "$many" > ../sample.txt <<'PYTHON'
import glob, json, random, sys
names = [
    name
    for file in sorted(glob.glob("mutants/leadpact/**/*.meta", recursive=True))
    for name in sorted(json.load(open(file))["exit_code_by_key"])
]
print("\n".join(sorted(random.Random(20261122).sample(names, min(int(sys.argv[1]), len(names))))))
PYTHON
# shellcheck disable=SC2046
nice "$mutmut" run --max-children 1 $(cat ../sample.txt)
"$mutmut" results
