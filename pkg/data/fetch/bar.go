package fetch

import (
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Bar shows a download on stderr: a line that says what comes and how much, then a bar, in a terminal or a notebook; elsewhere the line alone.
func Bar() Progress {
	var bar *progressbar.ProgressBar
	moves := term.IsTerminal(int(os.Stderr.Fd())) || os.Getenv("GONB_PIPE") != ""
	waiting, announced := false, false
	return func(e Event) {
		if e.Waiting {
			if !waiting {
				fmt.Fprintf(os.Stderr, "data: waiting for another process that fetches %s\n", e.Set.Name)
			}
			waiting = true
			return
		}
		if !announced {
			announced = true
			fmt.Fprintf(os.Stderr, "data: fetching %s, %s, once (CURIOUS_OFFLINE=1 forbids downloads)\n", e.Set.Title, Bytes(e.Total))
			if moves {
				bar = progressbar.NewOptions64(e.Total,
					progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription(e.Set.Name), progressbar.OptionSetWidth(30),
					progressbar.OptionShowBytes(true), progressbar.OptionShowCount(), progressbar.OptionThrottle(200*time.Millisecond),
					progressbar.OptionOnCompletion(func() { fmt.Fprintln(os.Stderr) }))
			}
		}
		if bar != nil {
			_ = bar.Set64(e.Done)
		}
	}
}
