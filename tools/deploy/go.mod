module safelight/tools/deploy

go 1.26
