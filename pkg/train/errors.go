package train

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// located is what went wrong while a model's graph was built, or a batch made, and where in the model's own code.
type located struct {
	err error
	at  string // such as "gated.go:41"; empty if unknown
}

func (l *located) Error() string {
	if l.at == "" {
		return l.err.Error()
	}
	return fmt.Sprintf("%s (%s)", l.err, l.at)
}

func (l *located) Unwrap() error { return l.err }

// locate gives a panic that passes its place in the code: defer locate(). It panics on, with an error.
func locate() {
	switch problem := recover().(type) {
	case nil:
	case *located:
		panic(problem)
	case error:
		panic(&located{problem, culprit()})
	default:
		panic(&located{fmt.Errorf("%v", problem), culprit()})
	}
}

// caught turns a panic into an error: defer caught(&err).
func caught(err *error) {
	switch problem := recover().(type) {
	case nil:
	case error:
		*err = problem
	default:
		*err = fmt.Errorf("%v", problem)
	}
}

// culprit is the innermost line of code, under a panic in progress, that is neither Go's, GoMLX's nor a shared layer's.
func culprit() string {
	var callers [64]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers[:])])
	panicking := false
	for {
		frame, more := frames.Next()
		switch name := frame.Function; {
		case name == "runtime.gopanic":
			panicking = true
		case !panicking || hasPrefix(name, "runtime.", "github.com/gomlx/", "github.com/curious-go/curious/pkg/nn.", "github.com/curious-go/curious/pkg/dist."):
		case hasPrefix(name, "github.com/curious-go/curious/pkg/train."):
			return ""
		default:
			return fmt.Sprintf("%s:%d", filepath.Base(frame.File), frame.Line)
		}
		if !more {
			return ""
		}
	}
}

func hasPrefix(s string, prefixes ...string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}

// sense cuts an error to what a reader can use: one line, without the stacks and lists that GoMLX and XLA add.
func sense(err error) error {
	const enough = 400
	if where := (*located)(nil); errors.As(err, &where) {
		err = where
	}
	text := strings.Join(strings.Fields(err.Error()), " ")
	if short := []rune(text); len(short) > enough {
		text = string(short[:enough]) + " …"
	}
	return &told{text, err}
}

// told is an error in other words.
type told struct {
	text string
	err  error
}

func (t *told) Error() string { return t.text }
func (t *told) Unwrap() error { return t.err }

// withRemedy adds what to do to an error of the disk.
func withRemedy(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: free some space, or set CURIOUS_RUNS to a folder on another disk, and run again", err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%w: set CURIOUS_RUNS to a folder that may be written", err)
	}
	return err
}
