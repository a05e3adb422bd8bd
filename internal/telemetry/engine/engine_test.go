package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"safelight/activities"
	"safelight/internal/metrics"
	"safelight/internal/telemetry"
	"safelight/internal/telemetry/engine"
	"safelight/internal/tracing"
	"safelight/models"
)

// sight is everything that is seen.
type sight struct {
	spans  *tracetest.SpanRecorder
	tracer trace.Tracer
	set    *metrics.Set
	inter  interceptor.Interceptor
	logs   bytes.Buffer
}

func newSight() *sight {
	s := &sight{spans: tracetest.NewSpanRecorder(), set: metrics.New("worker", "test")}
	s.tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(s.spans), sdktrace.WithIDGenerator(tracing.IDs{})).Tracer("test")
	s.inter = engine.Interceptor(engine.Options{Tracer: s.tracer, Steps: metrics.NewWorker(s.set), Log: telemetry.Logger(&s.logs, nil)})
	return s
}

// header carries a span as a client's start of a workflow does.
func header(t *testing.T, span trace.SpanContext) *common.Header {
	t.Helper()
	data := map[string]string{}
	tracing.Inject(trace.ContextWithSpanContext(t.Context(), span), data)
	payload, err := converter.GetDefaultDataConverter().ToPayload(data)
	require.NoError(t, err)
	return &common.Header{Fields: map[string]*common.Payload{"_tracer-data": payload}}
}

// attempts is how often a step is tried.
const attempts = 20

func carry(ctx workflow.Context, steps ...string) error {
	workflow.GetLogger(ctx).Info("carrying")
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Millisecond, MaximumAttempts: attempts},
	})
	for _, step := range steps {
		if err := workflow.ExecuteActivity(ctx, step, models.Finish{State: models.UploadDone}).Get(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// run runs the workflow of an upload in the SDK's test environment.
func (s *sight) run(t *testing.T, parent trace.SpanContext, register func(*testsuite.TestWorkflowEnvironment), steps ...string) error {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(engine.Logger(telemetry.Logger(&s.logs, nil)))
	if parent.IsValid() {
		suite.SetHeader(header(t, parent))
	}
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{s.inter}})
	env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: "upload-u1"})
	env.RegisterWorkflowWithOptions(func(ctx workflow.Context) error { return carry(ctx, steps...) }, workflow.RegisterOptions{Name: "Carry"})
	register(env)
	env.ExecuteWorkflow("Carry")
	require.True(t, env.IsWorkflowCompleted())
	return env.GetWorkflowError()
}

func named(env *testsuite.TestWorkflowEnvironment, name string, do any) {
	env.RegisterActivityWithOptions(do, activity.RegisterOptions{Name: name})
}

func (s *sight) byName(t *testing.T, name string) []sdktrace.ReadOnlySpan {
	t.Helper()
	var out []sdktrace.ReadOnlySpan
	for _, span := range s.spans.Ended() {
		if span.Name() == name {
			out = append(out, span)
		}
	}
	return out
}

func (s *sight) metrics(t *testing.T) string {
	t.Helper()
	body, _, err := s.set.Text()
	require.NoError(t, err)
	return string(body)
}

func attribute(span sdktrace.ReadOnlySpan, key string) string {
	for _, a := range span.Attributes() {
		if string(a.Key) == key {
			return a.Value.String()
		}
	}
	return ""
}

func TestATraceGoesThroughAWorkflowIntoItsSteps(t *testing.T) {
	t.Parallel()
	s := newSight()
	_, request := s.tracer.Start(t.Context(), "request")
	var inside trace.SpanContext
	require.NoError(t, s.run(t, request.SpanContext(), func(env *testsuite.TestWorkflowEnvironment) {
		named(env, "Scan", func(ctx context.Context, _ models.Finish) error {
			inside = trace.SpanContextFromContext(ctx)
			_, span := tracing.Start(ctx, "below")
			span.End()
			activity.GetLogger(ctx).Warn("looked")
			telemetry.Logger(&s.logs, nil).InfoContext(ctx, "looked deeper")
			return nil
		})
		named(env, "Notify", func(context.Context, models.Finish) error { return nil })
		named(env, "CreateVersion", func(context.Context, models.Finish) (models.VersionResult, error) {
			return models.VersionResult{Outcome: models.OutcomeCreated}, nil
		})
	}, "Scan", "CreateVersion", "Notify"))

	carried := s.byName(t, "Carry")
	require.Len(t, carried, 1)
	require.Equal(t, request.SpanContext().SpanID(), carried[0].Parent().SpanID())
	require.Equal(t, request.SpanContext().TraceID(), carried[0].SpanContext().TraceID())
	require.Equal(t, "u1", attribute(carried[0], "safelight.upload_id"))
	for _, name := range []string{"Scan", "CreateVersion", "Notify"} {
		steps := s.byName(t, name)
		require.Len(t, steps, 1, name)
		require.Equal(t, carried[0].SpanContext().SpanID(), steps[0].Parent().SpanID(), name)
		require.Equal(t, "done", attribute(steps[0], "safelight.outcome"))
	}
	require.Equal(t, s.byName(t, "Scan")[0].SpanContext().SpanID(), inside.SpanID())
	require.Equal(t, inside.SpanID(), s.byName(t, "below")[0].Parent().SpanID())

	body := s.metrics(t)
	for _, want := range []string{
		`safelight_step_attempts_total{cause="",outcome="done",step="scan"} 1`, `safelight_step_attempts_total{cause="",outcome="done",step="version"} 1`,
		`safelight_uploads_finished_total{rejection="",state="done"} 3`, `safelight_uploads_outcome_total{outcome="created"} 1`,
		`safelight_steps_running{step="scan"} 0`,
	} {
		require.Contains(t, body, want+"\n")
	}
	said := map[string]map[string]any{}
	for line := range strings.Lines(s.logs.String()) {
		var l map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &l))
		said[fmt.Sprint(l["msg"])] = l
	}
	for _, msg := range []string{"carrying", "looked", "looked deeper"} {
		if msg != "carrying" { // the test environment does not say which workflow it is; the SDK does
			require.Equal(t, "upload-u1", said[msg]["workflow_id"], msg)
		}
		require.Equal(t, "u1", said[msg]["upload_id"], msg)
		require.Equal(t, request.SpanContext().TraceID().String(), said[msg]["trace_id"], msg)
	}
	require.Equal(t, "Scan", said["looked deeper"]["activity"])
	require.Equal(t, "Scan", said["looked"]["activity"])
}

func TestAttemptsAndHowTheyEnd(t *testing.T) {
	t.Parallel()
	for outcome, c := range map[string]struct {
		err   error
		cause string
		bad   bool
	}{
		metrics.OutcomeFailed + " scanner": {temporal.NewApplicationError("away", activities.ErrTypeScanner), "scanner", true},
		metrics.OutcomeFailed + " other":   {errors.New("who knows"), "other", true},
		metrics.OutcomeFailed + " timeout": {fmt.Errorf("read: %w", context.DeadlineExceeded), "timeout", true},
		metrics.OutcomeRejected:            {temporal.NewApplicationError("corrupt", activities.ErrTypeRejected), "", false},
		metrics.OutcomeWaiting:             {temporal.NewApplicationError("held", activities.ErrTypeContentClaimed), "", false},
		metrics.OutcomeCanceled:            {temporal.NewCanceledError(), "", false},
	} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			outcome, _, _ := strings.Cut(outcome, " ")
			s := newSight()
			_, request := s.tracer.Start(t.Context(), "request")
			calls := 0
			err := s.run(t, request.SpanContext(), func(env *testsuite.TestWorkflowEnvironment) {
				named(env, "Compress", func(context.Context, models.Finish) error {
					if calls++; calls == 1 {
						return c.err
					}
					return nil
				})
			}, "Compress")
			tries := s.byName(t, "Compress")
			if outcome != metrics.OutcomeCanceled { // which is not tried again
				require.NoError(t, err)
				require.Len(t, tries, 2, "each attempt is a span")
				require.Equal(t, "2", attribute(tries[1], "safelight.attempt"))
				require.Contains(t, s.metrics(t), `safelight_step_retries_total{step="compress"} 1`)
			}
			require.Equal(t, outcome, attribute(tries[0], "safelight.outcome"))
			require.Equal(t, c.bad, tries[0].Status().Code == codes.Error)
			require.Contains(t, s.metrics(t), fmt.Sprintf("safelight_step_attempts_total{cause=%q,outcome=%q,step=\"compress\"} 1\n", c.cause, outcome))
		})
	}
}

// A step that keeps failing does not fill the log, and none of its lines is an
// error: it is tried again.
func TestFailedAttemptsInTheLog(t *testing.T) {
	t.Parallel()
	s := newSight()
	require.NoError(t, s.run(t, trace.SpanContext{}, func(env *testsuite.TestWorkflowEnvironment) {
		named(env, "Scan", func(ctx context.Context, _ models.Finish) error {
			if activity.GetInfo(ctx).Attempt < 20 {
				return temporal.NewApplicationErrorWithOptions("The scanner is away.", activities.ErrTypeScanner,
					temporal.ApplicationErrorOptions{Cause: errors.New("connection refused")})
			}
			return nil
		})
	}, "Scan"))
	var told []any
	for line := range strings.Lines(s.logs.String()) {
		var l map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &l))
		require.NotEqual(t, "ERROR", l["level"], line)
		if l["level"] == "WARN" {
			told = append(told, l["attempt"])
			require.Equal(t, "scanner", l["cause"])
			require.Equal(t, "u1", l["upload_id"])
			require.Contains(t, l["error"], "connection refused")
		}
	}
	require.Equal(t, []any{1.0, 2.0, 4.0, 8.0, 16.0}, told)
}

// Every failure type of the steps is a cause of its own: none is "other".
func TestEveryFailureTypeIsACause(t *testing.T) {
	t.Parallel()
	for _, failure := range []string{
		activities.ErrTypeScanner, activities.ErrTypeStorage, activities.ErrTypeRefused, activities.ErrTypeDatabase, activities.ErrTypeCodecCrashed, activities.ErrTypeGone,
		activities.ErrTypeFinished, activities.ErrTypeQuota, activities.ErrTypeWebhookGone, activities.ErrTypeWebhookRefused,
	} {
		s := newSight()
		err := s.run(t, trace.SpanContext{}, func(env *testsuite.TestWorkflowEnvironment) {
			named(env, "Move", func(context.Context, models.Finish) error {
				return temporal.NewNonRetryableApplicationError("no", failure, nil)
			})
		}, "Move")
		require.Error(t, err)
		require.Contains(t, s.metrics(t), `outcome="failed",step="move"} 1`, failure)
		require.NotContains(t, s.metrics(t), `cause="other"`, failure)
	}
}

// A step that panics is counted and does not count as running for ever.
func TestAStepThatPanics(t *testing.T) {
	t.Parallel()
	s := newSight()
	require.Error(t, s.run(t, trace.SpanContext{}, func(env *testsuite.TestWorkflowEnvironment) {
		named(env, "Dedup", func(context.Context, models.Finish) error { panic("boom") })
	}, "Dedup"))
	require.Contains(t, s.metrics(t), `safelight_step_attempts_total{cause="panic",outcome="failed",step="dedup"} 20`)
	require.Contains(t, s.metrics(t), `safelight_steps_running{step="dedup"} 0`)
}

// A schedule's workflow has no span, and each of its steps a trace of its own.
func TestWithoutATrace(t *testing.T) {
	t.Parallel()
	s := newSight()
	require.NoError(t, s.run(t, trace.SpanContext{}, func(env *testsuite.TestWorkflowEnvironment) {
		named(env, "SweepTmp", func(context.Context, models.Finish) error { return nil })
	}, "SweepTmp"))
	require.Empty(t, s.byName(t, "Carry"))
	steps := s.byName(t, "SweepTmp")
	require.Len(t, steps, 1)
	require.False(t, steps[0].Parent().IsValid())
	require.Contains(t, s.metrics(t), `step="sweep_tmp"`)
}

// A header that is none of ours, or broken, does not fail a workflow.
func TestAHeaderThatIsNoTrace(t *testing.T) {
	t.Parallel()
	s := newSight()
	var suite testsuite.WorkflowTestSuite
	payload, err := converter.GetDefaultDataConverter().ToPayload("not a map")
	require.NoError(t, err)
	suite.SetHeader(&common.Header{Fields: map[string]*common.Payload{"_tracer-data": payload}})
	env := suite.NewTestWorkflowEnvironment()
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{s.inter}})
	env.RegisterWorkflowWithOptions(func(ctx workflow.Context) error { return carry(ctx) }, workflow.RegisterOptions{Name: "Carry"})
	env.ExecuteWorkflow("Carry")
	require.NoError(t, env.GetWorkflowError())
	require.Empty(t, s.spans.Ended())
}
