# Each target is one line that calls a script people can read and run by themselves.
.PHONY: run test check bench api

run:      ## build and start service + SPA + sandbox accounts
	scripts/run
test:     ## everything: lints, both databases, real CalDAV server, real browser
	scripts/check
check:    ## only what takes seconds: formatting, lints, layers, types
	scripts/check quick
bench:    ## requests per second, availability, the sync engine, bulk work, and time and formats, as ratios to something bare in one run
	scripts/bench
	scripts/bench-availability
	scripts/bench-sync
	scripts/bench-stacking
	scripts/bench-formats
api:      ## regenerate openapi/openapi.json and the SPA's types after changing the API
	scripts/api
