// Draw is what `go run . figure` builds, with the flags that cells use, and runs.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/curious-go/curious/figures"
	"github.com/curious-go/curious/kernels"
	"github.com/curious-go/curious/pkg/home"
	"github.com/curious-go/curious/pkg/must"
	"github.com/curious-go/curious/pkg/train"
)

func main() { must.Do(command(drawInto).Execute()) }

// command is the command line; draw draws an entry at a preset.
func command(draw func(e figures.Entry, preset string, out io.Writer) error) *cobra.Command {
	preset := "quick"
	c := &cobra.Command{
		Use:   "draw list | page | all | ID…",
		Short: "Draw figures of the tutorial, with published numbers beside measured ones",
		Long: `Draws figures of the tutorial from models trained here, prints the published numbers beside the measured ones, and writes the picture, the ledger
and the page of figures/. A model that is not trained yet is trained first; a run that was stopped goes on.

  list   names the figures
  all    draws every one
  page   writes figures/README.md anew, without drawing`,
		Example:       "  draw pixelcnn-blind-spot --preset laptop",
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		RunE: func(c *cobra.Command, words []string) error {
			if len(words) == 0 {
				return errors.New("draw: nothing to draw: name figures, or all, or list")
			}
			for _, w := range words {
				if (w == "list" || w == "page") && len(words) > 1 {
					return fmt.Errorf("draw: %s stands alone: leave %q out", w, strings.Join(without(words, w), " "))
				}
			}
			switch words[0] {
			case "list":
				for _, e := range figures.All() {
					fmt.Fprintf(c.OutOrStdout(), "%-32s %s\n", e.ID, e.Caption)
				}
				return nil
			case "page":
				folder, err := folder()
				if err != nil {
					return err
				}
				return figures.WritePage(folder)
			}
			entries, err := chosen(words)
			if err != nil {
				return err
			}
			if err := figures.CheckPreset(preset); err != nil {
				return err
			}
			return each(entries, func(e figures.Entry) error { return draw(e, preset, c.OutOrStdout()) })
		},
	}
	c.Flags().StringVar(&preset, "preset", preset, strings.Join(train.Presets, ", "))
	return c
}

// chosen is the figures of these ids, each once.
func chosen(ids []string) ([]figures.Entry, error) {
	var known []string
	for _, e := range figures.All() {
		known = append(known, e.ID)
	}
	var entries []figures.Entry
	taken := map[string]bool{}
	take := func(e figures.Entry) {
		if !taken[e.ID] {
			entries = append(entries, e)
		}
		taken[e.ID] = true
	}
	for _, id := range ids {
		if id == "all" {
			for _, e := range figures.All() {
				take(e)
			}
			continue
		}
		e, err := figures.Find(id)
		if err != nil {
			return nil, fmt.Errorf("draw: unknown figure %q%s: list names them all", id, kernels.DidYouMean(id, append(known, "all", "list", "page")))
		}
		take(e)
	}
	return entries, nil
}

// each draws one figure after the other. A figure that fails does not keep the later ones from being drawn; a training that was stopped does.
func each(entries []figures.Entry, draw func(figures.Entry) error) error {
	var failed []error
	for i, e := range entries {
		err := draw(e)
		if errors.Is(err, train.ErrStopped) || err != nil && i == len(entries)-1 && len(failed) == 0 {
			return err
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "error: "+err.Error())
			failed = append(failed, err)
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("draw: %d of %d figures failed", len(failed), len(entries))
	}
	return nil
}

func folder() (string, error) {
	root, err := home.Root()
	return filepath.Join(root, "figures"), err
}

func drawInto(e figures.Entry, preset string, out io.Writer) error {
	folder, err := folder()
	if err != nil {
		return err
	}
	return figures.Draw(folder, e, preset, out)
}

func without(words []string, word string) []string {
	var rest []string
	for _, w := range words {
		if w != word {
			rest = append(rest, w)
		}
	}
	return rest
}
