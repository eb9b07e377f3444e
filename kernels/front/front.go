// Package front is the process that Jupyter talks to. It owns the five sockets of the protocol and answers every request; GoNB, its child on private
// sockets, remembers definitions, runs special commands and programs, and relays what they display.
//
// A cell's way: the front splits it ([cell]), resolves its imports and asks for the type of its value ([build]), and sends GoNB its definitions. GoNB calls
// the tools `goimports` and `go build`, which are shims that lead back here (tools.go): the front answers the first from what it knows and builds the program
// itself, or takes it from the cache of built programs. GoNB runs it. What it prints and displays passes through an outlet (outlet.go) to Jupyter and, per
// cell, into a store (kept.go) from which a page that was reloaded gets what it missed.
package front

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/curious-go/curious/kernels/assist"
	"github.com/curious-go/curious/kernels/build"
	"github.com/curious-go/curious/kernels/cell"
	"github.com/curious-go/curious/kernels/history"
	"github.com/curious-go/curious/kernels/wire"
)

// Link is an entry of Jupyter's help menu.
type Link struct {
	Text string `json:"text"`
	URL  string `json:"url"`
}

// Options say what a front stands on.
type Options struct {
	Connection *wire.Connection // from Jupyter
	File       string           // the connection file; the kernel's id is in its name
	Root       string           // the folder of the module whose packages cells import
	Module     string           // its path
	Home       string           // the folder of what is kept: built programs, history
	Bin        string           // the folder of gonb and curious-shim
	Env        []string         // the environment of GoNB, of go commands and of cells
	Log        io.Writer
	Banner     string
	Links      []Link
	Go         string        // Go's version, as "1.26.8"
	Grace      time.Duration // what a running cell gets to save its work when the kernel ends [10 s]
}

// Front is a running kernel.
type Front struct {
	Options
	log     *log.Logger
	session string
	scratch string // the kernel's folder of temporary files

	shell, control, stdin, iopub, beat *wire.Socket
	publishing                         sync.Mutex // one message after the other on iopub
	marking                            sync.Mutex // of the kernel as busy or idle

	builder *build.Builder
	helper  *assist.Assistant
	past    *history.History
	tools   *toolServer
	kept    *store

	mu       sync.Mutex // guards what follows
	queue    []*execution
	wake     chan struct{}
	running  *execution
	count    int
	failed   time.Time // when the latest error was answered: what was sent before is aborted
	memory   *cell.Memory
	sources  map[int]string // of the cells that ran, by count
	counts   map[string]int // the latest count of each source, by its tag
	settings []string       // special commands that GoNB has to be told again after a crash
	comms    map[string]string
	asking   *question
	gonb     *gonb
	news     string // what the next cell's reader has to know
	broken   error  // why GoNB did not start

	once   sync.Once
	ending chan struct{} // closed when Jupyter has asked for the end
}

// New listens for Jupyter and answers what needs no cell to run; [Front.Run] does the rest.
func New(o Options) (*Front, error) {
	if o.Grace == 0 {
		o.Grace = 10 * time.Second
	}
	f := &Front{
		Options: o, log: log.New(o.Log, "front ", log.LstdFlags|log.Lmicroseconds|log.Lmsgprefix), session: newID(), wake: make(chan struct{}, 1),
		memory: &cell.Memory{}, sources: map[int]string{}, counts: map[string]int{}, comms: map[string]string{}, kept: newStore(), ending: make(chan struct{}),
	}
	f.builder = build.New(build.Options{Root: o.Root, Cache: filepath.Join(o.Home, "programs"), Env: o.Env})
	f.helper = assist.New(assist.Options{Root: o.Root, Packages: f.builder, Definitions: f.definitions, Commands: commandHelp()})
	var err error
	if f.past, err = history.Open(filepath.Join(o.Home, "history")); err != nil {
		f.log.Printf("opening the history: %v", err)
	}
	if err := f.listen(); err != nil {
		return nil, err
	}
	f.announce("starting")
	go f.serveControl()
	go f.serveShell()
	go f.serveInput()
	go f.echo()
	return f, nil
}

// Run is the kernel's life: it returns when Jupyter has asked it to end or ctx is done, and then nothing of it is left.
func (f *Front) Run(ctx context.Context) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer f.close()
	go func() {
		select {
		case <-f.ending:
			cancel()
		case <-ctx.Done():
		}
	}()
	if f.scratch, err = newScratch(); err != nil {
		return err
	}
	go func() {
		if err := f.builder.Warm(ctx); err != nil && ctx.Err() == nil {
			f.log.Printf("making the index of packages: %v", err)
		}
	}()
	if f.tools, err = f.openTools(); err != nil {
		_ = os.RemoveAll(f.scratch)
		return err
	}
	defer f.tools.Close()
	defer f.builder.Close()
	f.execute(ctx)
	return nil
}

// stop ends Run.
func (f *Front) stop() { f.once.Do(func() { close(f.ending) }) }

// newScratch makes the kernel's temporary folder: short and private, since a socket's path may have about 100 bytes, and without a space, since a program
// file's first line may have none.
func newScratch() (string, error) {
	dir, err := os.MkdirTemp("", "curious-")
	if err != nil {
		return "", fmt.Errorf("front: starting the kernel: %w: make room in %s, or set TMPDIR", err, os.TempDir())
	}
	if len(dir) > 70 {
		if short, err := os.MkdirTemp("/tmp", "curious-"); err == nil {
			_ = os.Remove(dir)
			dir = short
		}
	}
	return dir, nil
}

func (f *Front) listen() error {
	c := f.Connection
	for _, s := range []struct {
		socket **wire.Socket
		kind   wire.Kind
		port   int
	}{{&f.shell, wire.Router, c.Shell}, {&f.control, wire.Router, c.Control}, {&f.stdin, wire.Router, c.Stdin}, {&f.iopub, wire.Pub, c.IOPub}, {&f.beat, wire.Rep, c.Heartbeat}} {
		network, address := c.Address(s.port)
		socket, err := wire.Listen(s.kind, network, address)
		if err != nil {
			f.close()
			return fmt.Errorf("front: listening for Jupyter: %w: another kernel has the port; restart this one", err)
		}
		*s.socket = socket
	}
	f.iopub.Welcome(f.welcome)
	return nil
}

// welcome tells a peer that its subscription to iopub holds, so that it may send requests without missing what comes of them.
func (f *Front) welcome(topic string) [][]byte {
	m, err := wire.New("iopub_welcome", f.session, nil, object{"subscription": topic})
	var frames [][]byte
	if err == nil {
		m.Identities = [][]byte{[]byte(topic)}
		frames, err = m.Frames(f.Connection.Key)
	}
	if err != nil {
		f.log.Printf("welcoming a subscriber: %v", err)
	}
	return frames
}

func (f *Front) close() {
	for _, s := range []*wire.Socket{f.shell, f.control, f.stdin, f.iopub, f.beat} {
		if s != nil {
			_ = s.Close()
		}
	}
}

// echo answers heartbeats.
func (f *Front) echo() {
	for {
		frames, err := f.beat.Recv()
		if err != nil {
			return
		}
		_ = f.beat.Send(frames)
	}
}

// receive reads a socket until it closes, and hands on the messages that are sound; others are logged and forgotten, as the protocol has it.
func (f *Front) receive(name string, s *wire.Socket, handle func(*wire.Message)) {
	for {
		frames, err := s.Recv()
		if err != nil {
			return
		}
		m, err := wire.Decode(frames, f.Connection.Key)
		if err != nil {
			f.log.Printf("a message on %s is not to be understood: %v", name, err)
			continue
		}
		handle(m)
	}
}

// reply answers a request on the socket that it came by.
func (f *Front) reply(s *wire.Socket, request *wire.Message, kind string, content any) {
	m, err := wire.New(kind, f.session, request, content)
	if err == nil {
		var frames [][]byte
		if frames, err = m.Frames(f.Connection.Key); err == nil {
			err = s.Send(frames)
		}
	}
	if err != nil {
		f.log.Printf("answering %s: %v", request.Header.Type, err)
	}
}

// publish tells all front ends something that a request brought about; parent is nil for what none did.
func (f *Front) publish(parent *wire.Message, kind string, content any) {
	m, err := wire.New(kind, f.session, parent, content)
	if err != nil {
		f.log.Printf("publishing %s: %v", kind, err)
		return
	}
	f.send(m)
}

func (f *Front) send(m *wire.Message) {
	m.Identities = [][]byte{[]byte("kernel." + f.session + "." + m.Header.Type)}
	frames, err := m.Frames(f.Connection.Key)
	f.publishing.Lock()
	defer f.publishing.Unlock()
	if err == nil {
		err = f.iopub.Send(frames)
	}
	if err != nil {
		f.log.Printf("publishing %s: %v", m.Header.Type, err)
	}
}

func (f *Front) announce(state string) { f.publish(nil, "status", status{state}) }

type status struct {
	State string `json:"execution_state"`
}

// during publishes busy and idle around the handling of a request. A request answered while a cell runs leaves the kernel's mark at busy, since pages take any
// idle for the kernel's.
func (f *Front) during(request *wire.Message, handle func()) {
	f.publish(request, "status", status{"busy"})
	defer func() {
		f.marking.Lock() // no idle of a cell may come between looking for one that runs and saying that it does
		defer f.marking.Unlock()
		f.mu.Lock()
		if f.running != nil && f.running.request == request {
			f.running = nil
		}
		ex := f.running
		f.mu.Unlock()
		f.publish(request, "status", status{"idle"})
		if ex != nil && ex.request != nil {
			f.publish(ex.request, "status", status{"busy"})
		}
	}()
	handle()
}

// object is a JSON object of a message.
type object = map[string]any

// read unpacks a message's content; what is missing stays as it was.
func read(m *wire.Message, into any) error {
	if err := json.Unmarshal(m.Content, into); err != nil {
		return fmt.Errorf("front: reading %s: %w", m.Header.Type, err)
	}
	return nil
}
