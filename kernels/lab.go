package kernels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/curious-go/curious/kernels/family"
)

// Lab says how JupyterLab is opened.
type Lab struct {
	Port    int    // the first to try [8888]
	IP      string // the address to listen on [127.0.0.1]
	Browser bool   // open one
	Folder  string // the folder to open on [the course's notebooks]
	Out     io.Writer
}

// Lab opens JupyterLab on the course and returns when it has ended; when ctx ends, it shuts JupyterLab and its kernels down.
func (e *Env) Lab(ctx context.Context, lab Lab) error {
	start := time.Now()
	port, err := freePort(lab.IP, lab.Port)
	if err != nil {
		return err
	}
	if lab.Port != 0 && port != lab.Port {
		fmt.Fprintf(lab.Out, "Port %d is taken; using %d.\n", lab.Port, port)
	}
	folder, page := lab.Folder, "/lab"
	if folder == "" {
		folder, page = e.course()
	}
	args := []string{
		"-m", "jupyterlab",
		"--ServerApp.ip=" + lab.IP, "--ServerApp.port=" + strconv.Itoa(port), "--ServerApp.port_retries=0",
		"--ServerApp.root_dir=" + folder, "--LabApp.default_url=" + page, fmt.Sprintf("--ServerApp.open_browser=%t", lab.Browser),
		"--LabApp.extension_manager=readonly", "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate", "--LabApp.news_url=None",
		"--KernelSpecManager.ensure_native_kernel=False", "--LanguageServerManager.autodetect=False", "--MultiKernelManager.default_kernel_name=" + e.Device.Kernel(),
	}
	if os.Geteuid() == 0 {
		args = append(args, "--allow-root") // in a container there may be nobody else
	}
	logFile := filepath.Join(e.Home, "logs", "lab.log")
	log, err := os.Create(logFile)
	if err != nil {
		return fmt.Errorf("kernels: opening JupyterLab: %w", err)
	}
	defer log.Close()
	vars := e.jupyterVars()
	cmd := exec.Command(e.Python(), args...)
	cmd.Dir = folder // GoNB puts the files of %wasm cells into the server's folder, and pages ask for them there
	cmd.Env = environ(vars)
	cmd.Stdout, cmd.Stderr = log, log
	ended, err := family.StartTied(cmd) // Ctrl-C is ours to handle: JupyterLab would ask whether we are sure
	if err != nil {
		return fmt.Errorf("kernels: opening JupyterLab: %w: run `go run . doctor`", err)
	}
	info := filepath.Join(vars["JUPYTER_RUNTIME_DIR"], fmt.Sprintf("jpserver-%d.json", cmd.Process.Pid))
	answers := make(chan string, 1)
	waitCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	go waitForServer(waitCtx, info, page, answers)
	for {
		select {
		case url := <-answers:
			go e.warmAgain(waitCtx)
			fmt.Fprintf(lab.Out, "JupyterLab answers (%s). Open\n\n    %s\n\nCtrl-C here ends it and its kernels; its messages go to %s.\n", seconds(time.Since(start)), url, logFile)
		case err := <-ended:
			if err == nil || ctx.Err() != nil {
				return nil
			}
			text, _ := os.ReadFile(logFile)
			return fmt.Errorf("kernels: JupyterLab ended: %w: %s: its messages are in %s", err, lastLine(string(text)), logFile)
		case <-ctx.Done():
			fmt.Fprintln(lab.Out, "\nShutting down JupyterLab and its kernels …")
			_ = cmd.Process.Signal(syscall.SIGTERM)
			select {
			case <-ended:
			case <-time.After(15 * time.Second):
				_ = cmd.Process.Kill()
				<-ended
			}
			return nil
		}
	}
}

// warmAgain compiles, while the reader reads, what was edited since or what Go's build cache, which forgets what lay unused for days, no longer has.
func (e *Env) warmAgain(ctx context.Context) {
	s := &setup{Env: *e, progress: newProgress(io.Discard)}
	l := s.progress.step("Course packages")
	if err := s.compileCourse(ctx, l); err != nil {
		l.Warn("%v", err)
		return
	}
	l.Done("compiled")
}

// course is the folder that JupyterLab opens on, and the page: the first notebook of the syllabus once there is one.
func (e *Env) course() (folder, page string) {
	folder = filepath.Join(e.Root, "notebooks")
	if _, err := os.Stat(folder); err != nil {
		return e.Root, "/lab"
	}
	for _, pattern := range []string{"*elcome*.ipynb", "*/*elcome*.ipynb", "*.ipynb", "*/*.ipynb"} {
		if found, err := filepath.Glob(filepath.Join(folder, pattern)); err == nil && len(found) > 0 {
			if rel, err := filepath.Rel(folder, found[0]); err == nil {
				return folder, "/lab/tree/" + filepath.ToSlash(rel)
			}
		}
	}
	return folder, "/lab"
}

// portsTried is how many ports are looked at before giving up.
const portsTried = 50

// freePort is the first port from `first` up that nobody listens on.
func freePort(ip string, first int) (int, error) {
	if first < 0 || first > 65535 {
		return 0, fmt.Errorf("kernels: opening JupyterLab: %d is no port: choose one from 1024 to 65535", first)
	}
	host := ip
	if host == "*" {
		host = ""
	}
	var last error
	for port := first; port < first+portsTried && port <= 65535; port++ {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			defer l.Close()
			return l.Addr().(*net.TCPAddr).Port, nil
		}
		last = err
		if !errors.Is(err, syscall.EADDRINUSE) && !errors.Is(err, syscall.EACCES) {
			return 0, fmt.Errorf("kernels: opening JupyterLab: cannot listen on %q: %w: choose an --ip of this machine", ip, err)
		}
	}
	return 0, fmt.Errorf("kernels: opening JupyterLab: no free port from %d on: %w: choose another --port", first, last)
}

// waitForServer sends the address of the page, token included, once the server answers under it.
func waitForServer(ctx context.Context, info, page string, answers chan<- string) {
	client := http.Client{Timeout: time.Second}
	for ctx.Err() == nil {
		var server struct{ URL, Token string }
		if text, err := os.ReadFile(info); err == nil && json.Unmarshal(text, &server) == nil {
			if resp, err := client.Get(server.URL + "api"); err == nil {
				resp.Body.Close()
				answers <- strings.TrimSuffix(server.URL, "/") + page + "?token=" + server.Token
				return
			}
		}
		time.Sleep(30 * time.Millisecond)
	}
}
