package front

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/curious-go/curious/kernels/family"
	"github.com/curious-go/curious/kernels/wire"
)

// patience is how long GoNB may take to answer the first time; on a cold, busy machine it has its module to make first.
const patience = 2 * time.Minute

// gonb is a running GoNB: a child of the keeper, which ends it and removes what it leaves when this process is gone.
type gonb struct {
	front  *Front
	conn   *wire.Connection
	keeper *exec.Cmd
	hold   io.Closer // the keeper's standard input: closing it ends GoNB
	pid    int
	gone   chan struct{} // closed when the keeper has ended

	shell, stdin, iopub *wire.Socket

	mu      sync.Mutex
	waiting map[string]*inner // by msg_id of what GoNB was sent
}

// inner is a request that GoNB was sent.
type inner struct {
	request *wire.Message // Jupyter's, that brought it about; nil for the front's own
	execute *execution    // nil for other requests
	reply   chan *wire.Message
	idle    chan struct{}
	once    sync.Once
}

// kernelID is in the name of Jupyter's connection file, and GoNB reads it from there.
var kernelID = regexp.MustCompile(`kernel-[0-9a-f-]+\.json$`)

// startGonb starts a GoNB and waits until it is ready for cells.
func (f *Front) startGonb(ctx context.Context, n int) (*gonb, error) {
	if !f.hasGo() {
		return nil, errors.New("front: starting GoNB: no go command on PATH: install Go (https://go.dev/dl) and start Jupyter from a shell that finds it")
	}
	dir := filepath.Join(f.scratch, strconv.Itoa(n))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("front: starting GoNB: %w", err)
	}
	g := &gonb{front: f, gone: make(chan struct{}), waiting: map[string]*inner{}}
	g.conn = &wire.Connection{Transport: "ipc", IP: filepath.Join(dir, "s"), Key: newID(), Scheme: "hmac-sha256", Shell: 1, Control: 2, Stdin: 3, IOPub: 4, Heartbeat: 5}
	name := kernelID.FindString(f.File)
	if name == "" {
		name = "kernel-0.json"
	}
	text, err := json.Marshal(g.conn)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, fmt.Errorf("front: starting GoNB: %w", err)
	}
	if err := g.start(file); err != nil {
		return nil, err
	}
	if err := g.open(ctx); err != nil {
		g.End(0)
		return nil, err
	}
	if dirs, _ := filepath.Glob(filepath.Join(f.scratch, "gonb_*")); len(dirs) > n { // each GoNB makes one, and a dead one leaves its own
		slices.SortFunc(dirs, func(a, b string) int { return made(b).Compare(made(a)) })
		f.builder.Use(dirs[0])
	}
	return g, nil
}

func made(dir string) time.Time {
	info, err := os.Stat(dir)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// hasGo tells whether cells' PATH leads to a go command.
func (f *Front) hasGo() bool {
	for _, kv := range slices.Backward(f.Env) {
		if path, ok := strings.CutPrefix(kv, "PATH="); ok {
			return slices.ContainsFunc(filepath.SplitList(path), func(dir string) bool {
				_, err := exec.LookPath(filepath.Join(dir, "go"))
				return err == nil
			})
		}
	}
	return false
}

// start runs the keeper, and the keeper GoNB.
func (g *gonb) start(file string) error {
	f := g.front
	grace := strconv.Itoa(int(f.Grace / time.Second))
	g.keeper = exec.Command(f.tools.shim, "keep", f.scratch, grace, filepath.Join(f.Bin, "gonb"), "-kernel", file, "-go_work", f.Root, "-logtostderr", "-raw_error")
	g.keeper.Env = f.gonbEnv()
	g.keeper.Stderr = f.Log
	g.keeper.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Jupyter kills the process group of the kernel: the keeper must outlive it
	hold, err := g.keeper.StdinPipe()
	if err != nil {
		return err
	}
	told, err := g.keeper.StdoutPipe()
	if err != nil {
		return err
	}
	if err := g.keeper.Start(); err != nil {
		return fmt.Errorf("front: starting GoNB: %w: run `go run . install` again", err)
	}
	g.hold = hold
	line, err := bufio.NewReader(told).ReadString('\n')
	if err == nil {
		g.pid, err = strconv.Atoi(strings.TrimSpace(line))
	}
	if err != nil {
		g.hold.Close()
		_ = g.keeper.Wait()
		return fmt.Errorf("front: starting GoNB: it did not start: the kernel's log says why")
	}
	go func() {
		_ = g.keeper.Wait()
		close(g.gone)
	}()
	return nil
}

// gonbEnv is the environment of GoNB: on its PATH are the shims alone, and its temporary files lie in the kernel's folder. The shims undo both for cells.
func (f *Front) gonbEnv() []string {
	path, tmp := "", ""
	env := make([]string, 0, len(f.Env)+5)
	for _, kv := range f.Env {
		name, value, _ := strings.Cut(kv, "=")
		switch name {
		case "PATH":
			path = value
		case "TMPDIR":
			tmp = value
		default:
			env = append(env, kv)
		}
	}
	return append(env, "PATH="+f.tools.dir, "CURIOUS_PATH="+path, "CURIOUS_FRONT="+f.tools.socket, "CURIOUS_TMP="+tmp, "TMPDIR="+f.scratch)
}

// open connects to GoNB and turns its own `go get` off before anything else reaches it, so that no cell goes to the network unasked.
func (g *gonb) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	connected := make(chan error, 1)
	go func() { connected <- g.dial() }()
	select {
	case err := <-connected:
		if err != nil {
			return fmt.Errorf("front: connecting to GoNB: %w", err)
		}
	case <-g.gone:
		return errors.New("front: starting GoNB: it ended at once: the kernel's log says why")
	case <-ctx.Done():
		return fmt.Errorf("front: starting GoNB: no answer for %v: the machine is very busy, or the kernel's log says why", patience)
	}
	go g.receive(g.iopub, g.published)
	go g.receive(g.shell, g.replied)
	go g.receive(g.stdin, g.asked)
	// iopub is heard from only when GoNB has seen the subscription, so ask until something of what was asked comes by there.
	for {
		in, err := g.send(nil, nil, "execute_request", executeContent("%noautoget", false))
		if err != nil {
			return err
		}
		select {
		case <-in.reply:
		case <-g.gone:
			return errors.New("front: starting GoNB: it ended at once: the kernel's log says why")
		case <-ctx.Done():
			return fmt.Errorf("front: starting GoNB: no answer for %v: the machine is very busy, or the kernel's log says why", patience)
		}
		select {
		case <-in.idle:
			return nil
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (g *gonb) dial() (err error) {
	identity := "front-" + newID()
	for _, s := range []struct {
		socket **wire.Socket
		kind   wire.Kind
		port   int
	}{{&g.shell, wire.Dealer, g.conn.Shell}, {&g.stdin, wire.Dealer, g.conn.Stdin}, {&g.iopub, wire.Sub, g.conn.IOPub}} {
		network, address := g.conn.Address(s.port)
		// GoNB asks for input under the identity of the request, so stdin has the same as shell.
		if *s.socket, err = wire.Dial(s.kind, network, address, identity); err != nil {
			return err
		}
	}
	return nil
}

func (g *gonb) receive(s *wire.Socket, handle func(*wire.Message)) {
	for {
		frames, err := s.Recv()
		if err != nil {
			return
		}
		m, err := wire.Decode(frames, g.conn.Key)
		if err != nil {
			g.front.log.Printf("a message of GoNB is not to be understood: %v", err)
			continue
		}
		handle(m)
	}
}

func executeContent(code string, stdin bool) object {
	return object{"code": code, "silent": true, "store_history": true, "user_expressions": object{}, "allow_stdin": stdin, "stop_on_error": true}
}

// send gives GoNB a request, on behalf of one of Jupyter's or of the front itself.
func (g *gonb) send(request *wire.Message, ex *execution, kind string, content any) (*inner, error) {
	m, err := wire.New(kind, "front", nil, content)
	if err != nil {
		return nil, err
	}
	if request != nil {
		m.Buffers = request.Buffers
	}
	frames, err := m.Frames(g.conn.Key)
	if err != nil {
		return nil, err
	}
	in := &inner{request: request, execute: ex, reply: make(chan *wire.Message, 1), idle: make(chan struct{})}
	g.mu.Lock()
	g.waiting[m.Header.ID] = in
	g.mu.Unlock()
	if kind != "execute_request" { // nobody waits for the end of what a widget's message brings about
		time.AfterFunc(10*time.Minute, func() { g.forget(in) })
	}
	return in, g.shell.Send(frames)
}

// of is what a message of GoNB answers, nil when that is over.
func (g *gonb) of(m *wire.Message) *inner {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.waiting[m.ParentID()]
}

func (g *gonb) forget(in *inner) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for id, other := range g.waiting {
		if other == in {
			delete(g.waiting, id)
		}
	}
}

func (g *gonb) replied(m *wire.Message) {
	if in := g.of(m); in != nil {
		select {
		case in.reply <- m:
		default:
		}
	}
}

// published hands on what GoNB publishes. Its statuses and errors are its own affair: the front tells its own.
func (g *gonb) published(m *wire.Message) {
	in := g.of(m)
	if in == nil {
		if strings.HasPrefix(m.Header.Type, "comm_") {
			g.front.relayComm(nil, m)
		}
		return
	}
	switch m.Header.Type {
	case "status":
		var s status
		if read(m, &s) == nil && s.State == "idle" {
			in.once.Do(func() { close(in.idle) })
		}
	case "error", "execute_input":
	case "comm_open", "comm_msg", "comm_close":
		g.front.relayComm(in.request, m)
	default:
		if in.execute != nil {
			in.execute.show(m)
		}
	}
}

// asked passes GoNB's request for input on to the front end that runs the cell.
func (g *gonb) asked(m *wire.Message) {
	if in := g.of(m); in != nil && in.execute != nil && m.Header.Type == "input_request" {
		g.front.askInput(in.execute, m)
	}
}

// input gives GoNB what the reader typed.
func (g *gonb) input(content json.RawMessage) {
	m, err := wire.New("input_reply", "front", nil, content)
	if err == nil {
		var frames [][]byte
		if frames, err = m.Frames(g.conn.Key); err == nil {
			err = g.stdin.Send(frames)
		}
	}
	if err != nil {
		g.front.log.Printf("passing input on: %v", err)
	}
}

// Interrupt sends a signal to all that GoNB has started since a cell began, also where the parent has ended meanwhile, not to GoNB itself: it gives a program
// five seconds and then kills it, and knows nothing of a program's children. Older are the processes that ran before the cell.
func (g *gonb) Interrupt(sig syscall.Signal, older map[int]bool) int {
	return family.Interrupt(g.keeper.Process.Pid, sig, func(pid int) bool { return pid == g.pid || older[pid] })
}

// family are the processes that run.
func (g *gonb) family() map[int]bool {
	all := map[int]bool{}
	for _, pid := range family.Descendants(g.keeper.Process.Pid) {
		all[pid] = true
	}
	return all
}

// End lets the keeper end GoNB and its programs, and waits for that as long as given.
func (g *gonb) End(wait time.Duration) {
	for _, s := range []*wire.Socket{g.shell, g.stdin, g.iopub} {
		if s != nil {
			_ = s.Close()
		}
	}
	g.hold.Close()
	if wait > 0 {
		select {
		case <-g.gone:
		case <-time.After(wait):
		}
	}
	select {
	case <-g.gone:
		if !g.keeper.ProcessState.Exited() { // killed itself, it could not do its work
			family.End(g.pid, 0)
			_ = syscall.Kill(g.pid, syscall.SIGKILL)
		}
	default:
	}
}
