package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Kinds of what the front is told of a program: a byte, four bytes of length (big-endian), and so many bytes.
const (
	toldOut     = 'o' // text of stdout
	toldErr     = 'e' // text of stderr
	toldDisplay = 'd' // what the program wrote into GoNB's pipe for displays
	toldEnd     = 'x' // JSON of its exit status; answered by one byte once all before it is taken
)

// pipeVar is GoNB's variable for the pipe that takes a program's displays.
const pipeVar = "GONB_PIPE"

// program runs the program that a cell's program file names: its second line is JSON. GoNB would read text and displays side by side, mix up their order, and drop
// what is still in the pipe at the end; so this process stands between, and tells the front all of it in one row.
func program(file string, args []string) {
	text, err := os.ReadFile(file)
	if err != nil {
		fail("shim: reading %s: %v", file, err)
	}
	_, body, _ := strings.Cut(string(text), "\n")
	var p struct {
		Program string            `json:"program"`
		Env     map[string]string `json:"env"`
		Direct  bool              `json:"direct"` // GoNB itself wants to see the output
	}
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		fail("shim: reading %s: %v", file, err)
	}
	socket, pipe := os.Getenv(socketVar), os.Getenv(pipeVar)
	restore()
	for name, value := range p.Env {
		os.Setenv(name, value)
	}
	args = append([]string{"cell"}, args...)
	if !p.Direct && pipe != "" {
		if front, err := net.Dial("unix", socket); err == nil {
			told(front, pipe, file+".pipe", p.Program, args)
		}
	}
	fail("shim: starting the cell's program %s: %v", p.Program, syscall.Exec(p.Program, args, os.Environ()))
}

// told runs a program and tells the front what it puts out; it does not return once the program has started.
func told(front net.Conn, pipe, own, program string, args []string) {
	signal.Notify(make(chan os.Signal, 8), syscall.SIGINT) // the program gets its own
	_ = os.Remove(own)
	if syscall.Mkfifo(own, 0o600) != nil {
		return
	}
	defer os.Remove(own)
	fifo, err := os.OpenFile(own, os.O_RDWR|syscall.O_NONBLOCK, 0) // for writing too, so that it has no end
	if err != nil {
		return
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		return
	}
	errR, errW, err := os.Pipe()
	if err != nil {
		return
	}
	doneR, doneW, err := os.Pipe()
	if err != nil {
		return
	}
	if json.NewEncoder(front).Encode(request{Do: "program", Args: []string{pipe}}) != nil {
		return
	}
	cmd := exec.Command(program)
	cmd.Args, cmd.Env = args, append(os.Environ(), pipeVar+"="+own)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, outW, errW
	if err := cmd.Start(); err != nil {
		fail("shim: starting the cell's program %s: %v", program, err)
	}
	outW.Close()
	errW.Close()
	go func() {
		_ = cmd.Wait()
		doneW.Close()
	}()
	t := &teller{front: bufio.NewWriterSize(front, 64<<10), out: int(outR.Fd()), err: int(errR.Fd()), fifo: int(fifo.Fd())}
	t.listen(int(doneR.Fd()))
	for _, f := range []*os.File{outR, errR, fifo, doneR} {
		runtime.KeepAlive(f) // else the collector closes what is only known by its number
	}

	end := request{Status: cmd.ProcessState.ExitCode()}
	if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		end.Status, end.Signal = 128+int(ws.Signal()), ws.Signal().String()
	}
	text, _ := json.Marshal(end)
	t.tell(toldEnd, text)
	_ = t.front.Flush()
	_, _ = front.Read(make([]byte, 1))
	_ = os.Remove(own)
	os.Exit(end.Status)
}

// teller passes on what comes out of a program.
type teller struct {
	front          *bufio.Writer
	out, err, fifo int // descriptors; -1 when closed
	buf            [64 << 10]byte
}

func (t *teller) tell(kind byte, text []byte) {
	var head [5]byte
	head[0] = kind
	binary.BigEndian.PutUint32(head[1:], uint32(len(text)))
	_, _ = t.front.Write(head[:])
	_, _ = t.front.Write(text)
}

// stays is how long what a program has left running may go on writing into its output.
const stays = 100 * time.Millisecond

// listen passes on until the program has ended and nothing of it is left in the pipes.
func (t *teller) listen(done int) {
	for _, fd := range []int{t.out, t.err} {
		_ = unix.SetNonblock(fd, true)
	}
	wait := -1
	for {
		fds := []unix.PollFd{{Fd: int32(t.fifo), Events: unix.POLLIN}, {Fd: int32(t.out), Events: unix.POLLIN}, {Fd: int32(t.err), Events: unix.POLLIN}, {Fd: int32(done), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, wait)
		if err != nil && err != unix.EINTR {
			return
		}
		if n == 0 && err == nil { // quiet since the end
			return
		}
		// What was printed before a display is there when the display is: so text goes first, and of the displays only those that were there before.
		there, _ := unix.IoctlGetInt(t.fifo, fionread)
		t.drain(&t.out, toldOut)
		t.drain(&t.err, toldErr)
		t.displays(there)
		_ = t.front.Flush()
		if fds[3].Revents != 0 {
			wait, done = int(stays/time.Millisecond), -1
		}
		if done < 0 && t.out < 0 && t.err < 0 && there == 0 {
			return
		}
	}
}

// displays passes on so many bytes of displays.
func (t *teller) displays(there int) {
	for there > 0 {
		n, err := unix.Read(t.fifo, t.buf[:min(there, len(t.buf))])
		if n > 0 {
			t.tell(toldDisplay, t.buf[:n])
			there -= n
		} else if err != unix.EINTR {
			return
		}
	}
}

// drain passes on what a descriptor has.
func (t *teller) drain(fd *int, kind byte) {
	for *fd >= 0 {
		n, err := unix.Read(*fd, t.buf[:])
		if n > 0 {
			t.tell(kind, t.buf[:n])
			continue
		}
		if err == unix.EINTR {
			continue
		}
		if err != unix.EAGAIN {
			*fd = -1 // its other end is closed
		}
		return
	}
}
