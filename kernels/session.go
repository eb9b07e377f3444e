package kernels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/curious-go/curious/kernels/family"
	"github.com/curious-go/curious/kernels/wire"
)

// apart is the same set-up with a home in dir: history and built programs of its own.
func (e *Env) apart(dir string) (*Env, error) {
	own := *e
	own.Home = filepath.Join(dir, "home")
	if err := os.MkdirAll(own.Home, 0o755); err != nil {
		return nil, err
	}
	for _, name := range []string{"bin", "env", "plugins.json"} {
		if err := os.Symlink(filepath.Join(e.Home, name), filepath.Join(own.Home, name)); err != nil {
			return nil, err
		}
	}
	return &own, nil
}

// session is a kernel's process, started as Jupyter starts one, and a client of it.
type session struct {
	*wire.Client
	Answered time.Duration // from its start until it answered the first time

	cmd  *exec.Cmd
	gone chan struct{} // closed when the process has ended
	err  error         // what it ended with, once gone is closed
	said <-chan *wire.Message
}

// connectionArg stands for the connection file in the words of a kernel's command, as in a kernelspec.
const connectionArg = "{connection_file}"

// startSession starts a kernel by its command and waits until it answers; the connection file lies in dir, in which the kernel runs too.
func startSession(ctx context.Context, dir string, env []string, log io.Writer, argv ...string) (*session, error) {
	conn, file, err := wire.NewConnection(dir)
	if err != nil {
		return nil, err
	}
	words := make([]string, len(argv))
	for i, word := range argv {
		words[i] = strings.ReplaceAll(word, connectionArg, file)
	}
	s := &session{gone: make(chan struct{})}
	s.cmd = exec.Command(words[0], words[1:]...)
	s.cmd.Dir, s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr = dir, env, log, log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	start := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("kernels: starting a kernel: %w", err)
	}
	go func() {
		s.err = s.cmd.Wait()
		close(s.gone)
	}()
	if err := s.connect(ctx, conn); err != nil {
		s.kill()
		return nil, err
	}
	s.Answered = time.Since(start)
	return s, nil
}

func (s *session) connect(ctx context.Context, conn *wire.Connection) error {
	type connected struct {
		client *wire.Client
		err    error
	}
	made := make(chan connected, 1)
	go func() {
		c, err := wire.NewClient(conn)
		made <- connected{c, err}
	}()
	select {
	case c := <-made:
		if c.err != nil {
			return c.err
		}
		s.Client = c.client
	case <-s.gone:
		return errors.New("kernels: starting a kernel: it ended at once: its log says why")
	case <-ctx.Done():
		return ctx.Err()
	}
	s.said = s.IOPub()
	_, err := s.Ask(ctx, wire.Shell, "kernel_info_request", map[string]any{})
	return err
}

// cell is a cell that was sent, and what has come of it.
type cell struct {
	session *session
	request *wire.Message
	sent    time.Time

	First, Whole          time.Duration // until its first output, and until its reply and the end of its outputs
	Printed               string
	Status, Ename, Evalue string // of its reply
}

// executeRequest is the content of a notebook's request, with every field: GoNB ends at a missing one.
func executeRequest(code string) map[string]any {
	return map[string]any{"code": code, "silent": false, "store_history": true, "user_expressions": map[string]string{}, "allow_stdin": false, "stop_on_error": true}
}

// begin sends a cell.
func (s *session) begin(ctx context.Context, code string) (*cell, error) {
	err := s.Ready(ctx)
	if err != nil {
		return nil, err
	}
	c := &cell{session: s, sent: time.Now()}
	c.request, err = s.Send(wire.Shell, "execute_request", executeRequest(code))
	return c, err
}

// run executes a cell. One that fails is no error of the session: its status says so.
func (s *session) run(ctx context.Context, code string) (*cell, error) {
	c, err := s.begin(ctx, code)
	if err == nil {
		err = c.finish(ctx)
	}
	return c, err
}

// finish waits for a cell's end.
func (c *cell) finish(ctx context.Context) error {
	if err := c.read(ctx, func() bool { return false }); err != nil {
		return err
	}
	reply, err := c.session.Reply(ctx, c.request)
	if err != nil {
		return err
	}
	c.Whole = time.Since(c.sent)
	return json.Unmarshal(reply.Content, c)
}

// await reads what a cell prints until words are among it.
func (c *cell) await(ctx context.Context, words string) error {
	there := func() bool { return strings.Contains(c.Printed, words) }
	err := c.read(ctx, there)
	if err == nil && !there() {
		err = fmt.Errorf("kernels: a cell has ended without %q; it printed %q", words, c.Printed)
	}
	return err
}

// read reads what a cell publishes until it is idle or enough has come.
func (c *cell) read(ctx context.Context, enough func() bool) error {
	for !enough() {
		var m *wire.Message
		select {
		case m = <-c.session.said:
		case <-ctx.Done():
			return fmt.Errorf("kernels: waiting for a cell, which has printed %q: %w", c.Printed, ctx.Err())
		}
		if m == nil {
			return c.session.lost()
		}
		if m.ParentID() != c.request.Header.ID || m.Header.Type == "execute_input" {
			continue
		}
		var content struct {
			State string `json:"execution_state"`
			Text  string
		}
		if err := json.Unmarshal(m.Content, &content); err != nil {
			return err
		}
		switch {
		case content.State == "idle":
			return nil
		case content.State != "":
			continue
		case c.First == 0:
			c.First = time.Since(c.sent)
		}
		c.Printed += content.Text
	}
	return nil
}

// lost says why nothing more comes from a kernel.
func (s *session) lost() error {
	select {
	case <-s.gone:
		return fmt.Errorf("kernels: the process of a kernel has ended: %w", cmpErr(s.err))
	case <-time.After(time.Second):
		return fmt.Errorf("kernels: waiting for a cell: %w", wire.ErrGone)
	}
}

// shutdown asks the kernel to end, and waits for that.
func (s *session) shutdown() error {
	if _, err := s.Send(wire.Control, "shutdown_request", map[string]any{"restart": false}); err != nil {
		return err
	}
	select {
	case <-s.gone:
		return s.err
	case <-time.After(20 * time.Second):
		return errors.New("kernels: a kernel does not end when it is asked to")
	}
}

// end ends the kernel, and what some kernels leave behind.
func (s *session) end() error {
	started := family.Descendants(s.cmd.Process.Pid)
	err := s.shutdown()
	s.kill()
	for _, pid := range started {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	return err
}

// kill ends the process and those of its group.
func (s *session) kill() {
	if s.Client != nil {
		_ = s.Close()
	}
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	<-s.gone
}
