//go:build integration

package e2e

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector takes in the spans that the stack sends over OTLP and writes them
// into a file, a span a line.
type collector struct {
	path   string
	server *http.Server
	addr   string

	mu   sync.Mutex
	file *os.File
	err  error
}

// span is a line of the file. Attributes are as text.
type span struct {
	Trace      string            `json:"trace"`
	ID         string            `json:"id"`
	Parent     string            `json:"parent"`
	Name       string            `json:"name"`
	Service    string            `json:"service"`
	Failed     bool              `json:"failed"`
	Begin, End uint64            // ns
	Attributes map[string]string `json:"attributes"`
}

func openCollector(dir string) (*collector, error) {
	c := &collector{path: filepath.Join(dir, "spans.jsonl")}
	var err error
	if c.file, err = os.Create(c.path); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c.addr = "http://" + l.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", c.take)
	c.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = c.server.Serve(l) }()
	return c, nil
}

func (c *collector) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var req collectorpb.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &req)
	}
	if err == nil {
		err = c.write(&req)
	}
	if err != nil {
		c.mu.Lock()
		c.err = errors.Join(c.err, err)
		c.mu.Unlock()
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func (c *collector) write(req *collectorpb.ExportTraceServiceRequest) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, from := range req.GetResourceSpans() {
		service := texts(from.GetResource().GetAttributes())["service.name"]
		for _, scope := range from.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				line, err := json.Marshal(span{
					Trace: hex.EncodeToString(s.GetTraceId()), ID: hex.EncodeToString(s.GetSpanId()), Parent: hex.EncodeToString(s.GetParentSpanId()),
					Name: s.GetName(), Service: service, Failed: s.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR,
					Begin: s.GetStartTimeUnixNano(), End: s.GetEndTimeUnixNano(), Attributes: texts(s.GetAttributes()),
				})
				if err != nil {
					return err
				}
				if _, err := c.file.Write(append(line, '\n')); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func texts(attrs []*commonpb.KeyValue) map[string]string {
	out := map[string]string{}
	for _, a := range attrs {
		switch v := a.GetValue().GetValue().(type) {
		case *commonpb.AnyValue_StringValue:
			out[a.GetKey()] = v.StringValue
		case *commonpb.AnyValue_IntValue:
			out[a.GetKey()] = fmt.Sprint(v.IntValue)
		default:
			out[a.GetKey()] = a.GetValue().String()
		}
	}
	return out
}

// trace reads the spans of a trace out of the file.
func (c *collector) trace(t *testing.T, id string) []span {
	t.Helper()
	c.mu.Lock()
	require.NoError(t, c.err)
	c.mu.Unlock()
	f, err := os.Open(c.path)
	require.NoError(t, err)
	defer f.Close()
	var out []span
	lines := bufio.NewReader(f)
	for {
		line, err := lines.ReadString('\n')
		if err != nil { // the last one may be half written
			require.ErrorIs(t, err, io.EOF)
			return out
		}
		if !strings.Contains(line, id) {
			continue
		}
		var s span
		require.NoError(t, json.Unmarshal([]byte(line), &s))
		if s.Trace == id {
			out = append(out, s)
		}
	}
}

func (c *collector) close() error {
	return errors.Join(c.server.Close(), c.file.Close())
}
