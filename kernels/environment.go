package kernels

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	_ "embed"
)

//go:embed requirements/jupyter.txt
var jupyterRequirements string

//go:embed requirements/test.txt
var testRequirements string

// environment is a Python environment, made of what one file of requirements pins.
type environment struct{ name, requirements string }

var (
	jupyterEnvironment = environment{"JupyterLab", jupyterRequirements}
	testEnvironment    = environment{"Clients for tests", testRequirements}
)

// mark is the file that says which folder holds the environment of these requirements, and of what it was made.
func (v environment) mark(homeDir string) string {
	return filepath.Join(homeDir, "env", hash(v.requirements)+".json")
}

// folder is where the environment lies, "" when there is none.
func (v environment) folder(homeDir string) string {
	return readMark(v.mark(homeDir)).Values["folder"]
}

// venvDir is where JupyterLab's environment lies, "" when there is none.
func venvDir(homeDir string) string { return jupyterEnvironment.folder(homeDir) }

// pythonOf is the interpreter of an environment.
func pythonOf(folder string) string { return filepath.Join(folder, "bin", "python") }

// jupyter is the step that makes JupyterLab's environment.
func (s *setup) jupyter(ctx context.Context) (err error) {
	s.Venv, err = s.environment(ctx, jupyterEnvironment)
	return err
}

// environment makes an environment, or finds it. It is made in a new folder each time: a half-made one cannot be told from a whole one, and a process that
// outlived a killed set-up may still be writing to it.
func (s *setup) environment(ctx context.Context, v environment) (folder string, err error) {
	if folder := v.folder(s.Home); folder != "" {
		made := readMark(v.mark(s.Home)).Values["python"]
		if real, err := filepath.EvalSymlinks(pythonOf(folder)); err == nil && real == made {
			return folder, nil
		}
		fmt.Fprintf(s.progress.out, "  The Python that the environment was made with has changed or is gone (%s); making it again.\n", made)
	}
	p, err := findPython(ctx)
	if err != nil {
		return "", err
	}
	l := s.progress.step(v.name)
	l.Note("making an environment of Python %s", p.Version)
	if folder, err = s.makeEnvironment(ctx, l, p, v); err != nil {
		l.Fail()
		return "", err
	}
	l.Done("Python %s, %s", p.Version, bytesText(folderSize(folder)))
	return folder, nil
}

func (s *setup) makeEnvironment(ctx context.Context, l *line, p python, v environment) (folder string, err error) {
	key := hash(v.requirements)
	parent := filepath.Join(s.Home, "env")
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	old, _ := filepath.Glob(filepath.Join(parent, key+"-*"))
	for _, dir := range old {
		_ = os.RemoveAll(dir)
	}
	if folder, err = os.MkdirTemp(parent, key+"-"); err != nil {
		return "", s.explain("making the Python environment", []byte(err.Error()), err)
	}
	if err := s.makeVenv(ctx, p, folder); err != nil {
		return "", err
	}
	if err := s.pip(ctx, l, pythonOf(folder), v.requirements); err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(pythonOf(folder))
	if err != nil {
		return "", err
	}
	return folder, mark{Key: key, Values: map[string]string{"folder": folder, "python": real, "version": p.Version}}.write(v.mark(s.Home))
}
