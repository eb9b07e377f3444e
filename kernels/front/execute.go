package front

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/curious-go/curious/kernels/build"
	"github.com/curious-go/curious/kernels/cell"
	"github.com/curious-go/curious/kernels/trouble"
	"github.com/curious-go/curious/kernels/wire"
)

type report = trouble.Report

const sigkill = syscall.SIGKILL

// execution is one execute_request on its way.
type execution struct {
	front   *Front
	socket  *wire.Socket
	request *wire.Message
	content executeRequest
	silent  bool
	stores  bool // counts and is remembered
	cellID  string
	done    chan struct{}

	restoring atomic.Bool // GoNB is brought into a state: nothing is built or run
	compiles  atomic.Bool // GoNB has come as far as Go code

	count  int // as the reader sees it; 0 when it is not counted
	cell   *cell.Cell
	out    *outlet
	stderr *trouble.Filter
	quiet  *time.Timer // runs out when stderr has been quiet for a moment
	result string      // the file that the program writes its value to

	mu       sync.Mutex
	stops    int          // interrupts so far
	older    map[int]bool // processes that ran before the cell began, such as a server that another one started
	cancel   context.CancelFunc
	building context.Context
	memory   *cell.Memory   // definitions if this cell compiles
	program  *build.Program // nil when there is nothing to build
	mode     build.Mode
	commands map[string]shellCommand
	rejected object  // user expressions that cannot be evaluated, with the reasons
	failure  *report // why the cell failed, as soon as it is known
	told     string  // the shim's word on how the program ended
	ended    string  // GoNB's
}

// run is an execution from its start to its reply.
func (ex *execution) run(ctx context.Context) {
	defer close(ex.done)
	f := ex.front
	var reply object
	var waiting []*execution
	f.during(ex.request, func() {
		if ex.stores {
			f.mu.Lock()
			f.count++
			ex.count = f.count
			f.mu.Unlock()
		}
		ex.out = newOutlet(shortID(ex.request), func(kind string, content any) {
			m, err := wire.New(kind, f.session, ex.request, content)
			if err != nil {
				f.log.Printf("publishing %s: %v", kind, err)
				return
			}
			f.kept.add(ex, m, content, f.send)
		})
		ex.stderr = trouble.NewFilter(stderrOf{ex.out})
		ex.quiet = time.AfterFunc(time.Hour, func() { _ = ex.stderr.Flush() })
		defer ex.quiet.Stop()
		f.kept.started(ex)
		f.keepSource(ex.count, ex.content.Code)
		if !ex.silent {
			ex.out.Pass("execute_input", object{"code": ex.content.Code, "execution_count": f.counted()})
		}
		f.mu.Lock()
		news := f.news
		f.news = ""
		f.mu.Unlock()
		if !ex.silent {
			ex.out.Stream("stderr", news)
		}
		if ex.stores && f.past != nil {
			if err := f.past.Add(ex.count, ex.content.Code); err != nil {
				f.log.Print(err)
			}
		}
		reply = ex.perform(ctx)
		reply["execution_count"] = f.counted()
		if ex.count > 0 {
			reply["execution_count"] = ex.count
		}
		failed := reply["status"] == "error"
		if failed && !ex.silent {
			ex.out.Pass("error", object{"ename": reply["ename"], "evalue": reply["evalue"], "traceback": reply["traceback"]})
		}
		ex.out.End()
		if (failed || ex.interruptedTimes() > 0) && or(ex.content.StopOnError, true) {
			waiting = f.failAll()
		}
		f.reply(ex.socket, ex.request, "execute_reply", reply)
	})
	f.kept.finished(ex, reply)
	for _, other := range waiting {
		other.abort()
	}
}

// perform does what the cell says and gives the content of the reply.
func (ex *execution) perform(ctx context.Context) object {
	ok := object{"status": "ok", "user_expressions": object{}, "payload": []any{}}
	if page := ex.page(); page != nil {
		ok["payload"] = []any{page}
		return ok
	}
	c, err := cell.Split(ex.content.Code)
	if err != nil {
		return ex.failed(syntaxReport(err, ex.content.Code))
	}
	ex.cell = c
	building, cancel := context.WithCancel(ctx)
	defer cancel()
	ex.mu.Lock()
	ex.building, ex.cancel = building, cancel
	ex.mu.Unlock()
	text, pages, err := ex.prepare(building)
	if ex.halted() {
		return ex.failed(*ex.failure)
	}
	if ctx.Err() != nil {
		return ex.failed(report{Name: "KernelShutdown", Value: "the kernel was shut down before the cell was ready to run"})
	}
	if err != nil {
		return ex.failed(report{Name: "KernelError", Value: err.Error()})
	}
	if len(pages) > 0 {
		ok["payload"] = pages
	}
	if strings.TrimSpace(text) != "" {
		if r := ex.pass(ctx, text); r != nil {
			return ex.failed(*r)
		}
	}
	value, err := ex.value()
	if err != nil {
		return ex.failed(report{Name: "KernelError", Value: err.Error()})
	}
	if value.Error != "" {
		return ex.failed(report{Name: "error", Value: firstLine(value.Error), Traceback: []string{value.Error}})
	}
	if len(value.Data) > 0 && !ex.silent {
		ex.out.Pass("execute_result", object{"execution_count": ex.front.counted(), "data": value.Data, "metadata": orEmpty(value.Metadata)})
	}
	for name, why := range ex.rejected {
		value.Expressions[name] = why
	}
	for name := range ex.content.Expressions {
		if _, done := value.Expressions[name]; !done {
			value.Expressions[name] = errorContent("NotEvaluated", "the expression was not evaluated", nil)
		}
	}
	ok["user_expressions"] = value.Expressions
	return ok
}

func (ex *execution) failed(r report) object {
	if len(r.Traceback) == 0 {
		r.Traceback = []string{r.Name + ": " + r.Value}
	}
	reply := errorContent(r.Name, r.Value, r.Traceback)
	reply["payload"], reply["user_expressions"] = []any{}, object{}
	return reply
}

// pass gives GoNB what it has to do for the cell, waits until that is over, and tells why it failed, if it did.
func (ex *execution) pass(ctx context.Context, text string) *report {
	f := ex.front
	f.mu.Lock()
	g, broken := f.gonb, f.broken
	f.mu.Unlock()
	if g == nil {
		return &report{Name: "KernelError", Value: fmt.Sprintf("GoNB, which runs the cells, does not start: %v; `go run . doctor` looks for the cause", broken)}
	}
	older := g.family()
	ex.mu.Lock()
	ex.older = older
	ex.mu.Unlock()
	in, err := g.send(ex.request, ex, "execute_request", executeContent(text, true))
	if err != nil {
		return &report{Name: "KernelError", Value: err.Error()}
	}
	defer g.forget(in)
	var content struct{ Status, Evalue string }
	select {
	case m := <-in.reply:
		_ = read(m, &content)
		select {
		case <-in.idle: // all that was published before it has come by
		case <-g.gone:
		case <-ctx.Done():
		}
	case <-g.gone:
		content.Status, content.Evalue = "error", "the process that runs cells (GoNB) ended unexpectedly: it is started again before the next cell, with the definitions of the cells that ran"
	case <-ctx.Done():
		content.Status, content.Evalue = "error", "the kernel was shut down"
	}
	f.mu.Lock()
	f.asking = nil
	f.mu.Unlock()
	if content.Status != "ok" && !ex.compiles.Load() && len(ex.cell.Commands) > 0 {
		ex.calm(ctx, g)
	}
	return ex.outcome(content.Status != "ok", content.Evalue)
}

// calm has GoNB run an empty cell after a special command failed: until a cell comes to its end, GoNB would take the next one for a test, for %wasm, or give it
// this one's arguments.
func (ex *execution) calm(ctx context.Context, g *gonb) {
	ex.restoring.Store(true)
	defer ex.restoring.Store(false)
	in, err := g.send(nil, nil, "execute_request", executeContent(" func main() {}", false))
	if err != nil {
		return
	}
	defer g.forget(in)
	select {
	case <-in.reply:
	case <-g.gone:
	case <-ctx.Done():
	}
}

// outcome says why a cell failed, nil when it did not, and lets out what was held back.
func (ex *execution) outcome(failed bool, said string) *report {
	ex.mu.Lock()
	defer ex.mu.Unlock()
	if ex.failure != nil || !failed {
		_ = ex.stderr.Release()
		return ex.failure
	}
	look := ex.look()
	if dump := ex.stderr.Dump(); dump != "" {
		r, rest, ok := trouble.Panic(dump, look)
		if ok {
			ex.out.Stream("stderr", rest)
			return &r
		}
		_ = ex.stderr.Release()
	}
	status, signal := ending(ex.told + "\n" + ex.ended + "\n" + said)
	if ex.stops > 0 {
		signal = "interrupt"
	}
	if why, ok := strings.CutPrefix(said, "executing special commands in cell: "); ok {
		return &report{Name: "CommandError", Value: firstLine(why)}
	}
	if status == 0 && signal == "" {
		return &report{Name: "KernelError", Value: firstLine(said)}
	}
	r := trouble.Exit(status, signal)
	return &r
}

// endings are the words in which a program's end is told.
var endings = regexp.MustCompile(`exit status (\d+)|signal: ([a-z ]+)`)

func ending(text string) (status int, signal string) {
	if m := endings.FindStringSubmatch(text); m != nil {
		status, _ = strconv.Atoi(m[1])
		return status, strings.TrimSpace(m[2])
	}
	return 0, ""
}

// lastWords is what GoNB writes into stderr when a program has ended badly.
var lastWords = regexp.MustCompile(`^(\^C\n)?(exit status \d+|signal: [a-z ()]+)\n$`)

// show passes on what GoNB publishes while the cell runs.
func (ex *execution) show(m *wire.Message) {
	if ex.out == nil || ex.silent { // a silent execution puts nothing out, as the protocol has it
		return
	}
	switch m.Header.Type {
	case "stream":
		var s streamText
		if read(m, &s) != nil {
			return
		}
		if s.Name == "stderr" && lastWords.MatchString(s.Text) { // GoNB tells how its child ended, which the shim has told already
			ex.mu.Lock()
			ex.ended = s.Text
			ex.mu.Unlock()
			return
		}
		ex.print(s.Name, s.Text)
	case "display_data", "update_display_data", "execute_result":
		if err := ex.out.Display(m.Content); err != nil {
			ex.front.log.Printf("showing a display: %v", err)
		}
	default:
		ex.out.Pass(m.Header.Type, m.Content)
	}
}

// print shows text of the program, or of a command.
func (ex *execution) print(name, text string) {
	if ex.silent {
		return
	}
	text = ex.front.withCounts(text)
	if name != "stderr" {
		for i, page := range strings.Split(text, "\f") {
			if i > 0 { // a form feed begins a new page: what the cell has shown so far goes when the next comes
				ex.out.Clear()
			}
			ex.out.Stream(name, page)
		}
		return
	}
	_, _ = ex.stderr.Write([]byte(text))
	ex.quiet.Reset(100 * time.Millisecond)
}

// programEnded takes note of how the program ended.
func (ex *execution) programEnded(status int, signal string) {
	ex.mu.Lock()
	defer ex.mu.Unlock()
	switch {
	case signal != "":
		ex.told = "signal: " + signal
	case status != 0:
		ex.told = fmt.Sprintf("exit status %d", status)
	}
}

// captured tells whether GoNB has to see the program's output itself, since it writes a copy of it.
func (ex *execution) captured() bool {
	return ex.cell != nil && slices.ContainsFunc(ex.cell.Commands, func(c cell.Command) bool {
		words := c.Fields()
		return len(words) > 0 && words[0] == "capture"
	})
}

// stderrOf passes on what is not the program's last words.
type stderrOf struct{ out *outlet }

func (w stderrOf) Write(p []byte) (int, error) {
	w.out.Stream("stderr", string(p))
	return len(p), nil
}

func (ex *execution) olderThan() map[int]bool {
	ex.mu.Lock()
	defer ex.mu.Unlock()
	return ex.older
}

// interrupted notes an interrupt and ends a build; it says how many there were.
func (ex *execution) interrupted() int {
	ex.mu.Lock()
	defer ex.mu.Unlock()
	ex.stops++
	if ex.cancel != nil {
		ex.cancel()
	}
	return ex.stops
}

func (ex *execution) interruptedTimes() int {
	ex.mu.Lock()
	defer ex.mu.Unlock()
	return ex.stops
}

// fail notes why the cell fails, if that was not known yet.
func (ex *execution) fail(r report) {
	ex.mu.Lock()
	defer ex.mu.Unlock()
	if ex.failure == nil {
		ex.failure = &r
	}
}

// halted tells whether nothing more of the cell may run.
func (ex *execution) halted() bool {
	ex.mu.Lock()
	defer ex.mu.Unlock()
	if ex.stops > 0 && ex.failure == nil {
		r := trouble.Exit(0, "interrupt")
		ex.failure = &r
	}
	return ex.failure != nil
}

// imports is GoNB's call of goimports. The front knows a program's imports by itself, so there is nothing to do.
func (ex *execution) imports(string) toolAnswer {
	ex.compiles.Store(true)
	if ex.restoring.Load() {
		return toolAnswer{}
	}
	if ex.halted() {
		return toolAnswer{Status: 1}
	}
	return toolAnswer{}
}

// build is GoNB's call of `go build` or `go test -c`: it makes the cell's program.
func (ex *execution) build(r *toolRequest) toolAnswer {
	var out string
	var flags []string
	for i := 2; i < len(r.Args); i++ {
		switch {
		case r.Args[i] == "-o" && i+1 < len(r.Args):
			out = r.Args[i+1]
			i++
		case r.Args[i] != "-c":
			flags = append(flags, r.Args[i])
		}
	}
	f := ex.front
	if out == "" {
		return toolAnswer{Exec: true}
	}
	if ex.restoring.Load() {
		if err := f.tools.programFile(out, "/bin/true", nil, true); err != nil {
			return toolAnswer{Status: 1, Output: err.Error()}
		}
		return toolAnswer{}
	}
	if ex.halted() || ex.program == nil {
		return toolAnswer{Status: 1}
	}
	p := *ex.program
	p.Dir, p.Flags = r.Dir, flags
	target := out + ".program"
	var err error
	switch ex.mode {
	case build.Wasm:
		p.Extra = wasmConstants(filepath.Join(r.Dir, "main.go"), p.Extra)
		err = f.builder.Make(ex.building, ex.mode, p, out)
	case build.Test:
		err = f.builder.Make(ex.building, ex.mode, p, target)
	default:
		_, err = f.builder.Build(ex.building, p, target)
	}
	if err == nil && ex.mode != build.Wasm {
		err = f.tools.programFile(out, target, map[string]string{resultVar: ex.result}, ex.captured())
	}
	if ex.halted() {
		return toolAnswer{Status: 1}
	}
	if err != nil {
		ex.fail(ex.buildReport(err))
		return toolAnswer{Status: 1}
	}
	f.mu.Lock()
	f.memory = ex.memory
	f.mu.Unlock()
	return toolAnswer{}
}

func (ex *execution) buildReport(err error) report {
	var failed *build.Failed
	if !errors.As(err, &failed) {
		return report{Name: "BuildError", Value: firstLine(err.Error()), Traceback: []string{err.Error()}}
	}
	diagnostics := make([]trouble.Diagnostic, len(failed.Diagnostics))
	for i, d := range failed.Diagnostics {
		diagnostics[i] = trouble.Diagnostic{File: ex.front.withCounts(d.File), Line: d.Line, Col: d.Col, Message: ex.front.withCounts(d.Message)}
	}
	if len(diagnostics) == 0 {
		return report{Name: "BuildError", Value: firstLine(failed.Output), Traceback: []string{ex.front.withCounts(failed.Output)}}
	}
	return trouble.Compile(diagnostics, ex.look())
}

// resultVar is the variable that tells a program where to write its value. See cell's value.go.
const resultVar = "CURIOUS_RESULT"

// valueOf is what a program wrote of its value.
type valueOf struct {
	Data        map[string]json.RawMessage `json:"data"`
	Metadata    json.RawMessage            `json:"metadata"`
	Error       string                     `json:"error"`
	Expressions object                     `json:"expressions"`
}

func (ex *execution) value() (v valueOf, err error) {
	if ex.result != "" {
		text, err := os.ReadFile(ex.result)
		switch {
		case errors.Is(err, os.ErrNotExist):
		case err != nil:
			return v, fmt.Errorf("reading the cell's value: %w", err)
		default:
			_ = os.Remove(ex.result)
			if err := json.Unmarshal(text, &v); err != nil {
				return v, fmt.Errorf("reading the cell's value: %w", err)
			}
		}
	}
	if v.Expressions == nil {
		v.Expressions = object{}
	}
	return v, nil
}

func orEmpty(m json.RawMessage) json.RawMessage {
	if len(m) == 0 {
		return json.RawMessage("{}")
	}
	return m
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
