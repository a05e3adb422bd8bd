package config

// Telemetry says how a process is seen from outside. Where traces go is said by
// the standard variables of OpenTelemetry; its SDK reads the others by itself
// (OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER and so on).
type Telemetry struct {
	// MetricsAddress is where metrics are scraped, apart from everything else:
	// host:port, on a network of one's own. Nothing: nowhere, but in development at
	// /metrics of the API itself.
	MetricsAddress string `env:"METRICS_ADDRESS"`
	// OTLPEndpoint is the base URL of the collector that traces go to, over HTTP.
	// Nothing, and nothing in OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: there are no traces.
	OTLPEndpoint string `env:"OTEL_EXPORTER_OTLP_ENDPOINT"`
	// OTLPTracesEndpoint is the whole URL for traces, in place of the base.
	OTLPTracesEndpoint string `env:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"`
	// TracingDisabled switches traces off, wherever they would go.
	TracingDisabled bool `env:"OTEL_SDK_DISABLED" envDefault:"false"`
}

// Traced reports whether there are traces.
func (t Telemetry) Traced() bool {
	return !t.TracingDisabled && (t.OTLPEndpoint != "" || t.OTLPTracesEndpoint != "")
}

func (t Telemetry) check(f *faults) {
	if t.MetricsAddress != "" {
		checkAddress(f, "METRICS_ADDRESS", t.MetricsAddress)
	}
	if t.OTLPEndpoint != "" {
		checkURL(f, "OTEL_EXPORTER_OTLP_ENDPOINT", t.OTLPEndpoint)
	}
	if t.OTLPTracesEndpoint != "" {
		checkURL(f, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", t.OTLPTracesEndpoint)
	}
}
