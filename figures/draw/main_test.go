package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/curious-go/curious/figures"
	"github.com/curious-go/curious/pkg/train"
)

// drawn runs the command line with a pen that only notes what it is told.
func drawn(draw func(figures.Entry) error, words ...string) (notes []string, out string, err error) {
	var b bytes.Buffer
	c := command(func(e figures.Entry, preset string, _ io.Writer) error {
		notes = append(notes, e.ID+" at "+preset)
		return draw(e)
	})
	c.SetArgs(words)
	c.SetOut(&b)
	err = c.Execute()
	return notes, b.String(), err
}

func well(figures.Entry) error { return nil }

func TestChooses(t *testing.T) {
	var all []string
	for _, e := range figures.All() {
		all = append(all, e.ID+" at paper")
	}
	for line, want := range map[string][]string{
		"vae-tsne":                               {"vae-tsne at quick"},
		"vae-tsne --preset laptop":               {"vae-tsne at laptop"},
		"--preset=laptop vae-tsne":               {"vae-tsne at laptop"},
		"vae-tsne --preset laptop vae-tsne":      {"vae-tsne at laptop"},
		"vae-tsne pixelcnn-blind-spot":           {"vae-tsne at quick", "pixelcnn-blind-spot at quick"},
		"all --preset paper":                     all,
		"--preset paper all pixelcnn-blind-spot": all,
	} {
		notes, _, err := drawn(well, strings.Fields(line)...)
		if err != nil || !slices.Equal(notes, want) {
			t.Errorf("%s: drew %v, error %v", line, notes, err)
		}
	}
}

// `go run . figure` takes the first word of each line for an id.
func TestLists(t *testing.T) {
	notes, out, err := drawn(well, "list")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err != nil || len(notes) > 0 || len(lines) != len(figures.All()) {
		t.Fatal(out, err)
	}
	for i, e := range figures.All() {
		if strings.Fields(lines[i])[0] != e.ID {
			t.Errorf("line %q, want that of %s", lines[i], e.ID)
		}
	}
}

func TestRefuses(t *testing.T) {
	for line, says := range map[string]string{
		"":                             "name figures, or all, or list",
		"pixelcnn-blindspot":           "did you mean pixelcnn-blind-spot?",
		"al":                           "did you mean all?",
		"mona":                         "list names them all",
		"vae-tsne mona":                `unknown figure "mona"`,
		"list vae-tsne":                "list stands alone",
		"vae-tsne page":                "page stands alone",
		"vae-tsne --preset huge":       "quick, laptop, paper",
		"vae-tsne --preset":            "needs an argument",
		"vae-tsne --size=3":            "unknown flag",
		"all --preset huge":            "quick, laptop, paper",
		"--preset laptop":              "name figures",
		"vae-tsne --preset quick list": "list stands alone",
	} {
		notes, _, err := drawn(well, strings.Fields(line)...)
		if err == nil || !strings.Contains(err.Error(), says) || len(notes) > 0 {
			t.Errorf("%q: drew %v, error %v, want %q", line, notes, err, says)
		}
	}
}

func TestGoesOnAfterAFailure(t *testing.T) {
	bad := func(err error) func(figures.Entry) error {
		return func(e figures.Entry) error {
			if e.ID == figures.All()[1].ID {
				return err
			}
			return nil
		}
	}
	notes, _, err := drawn(bad(errors.New("no paper")), "all")
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("1 of %d figures failed", len(figures.All()))) || len(notes) != len(figures.All()) {
		t.Errorf("drew %v, error %v", notes, err)
	}
	notes, _, err = drawn(bad(fmt.Errorf("train: %w at step 3", train.ErrStopped)), "all")
	if !errors.Is(err, train.ErrStopped) || len(notes) != 2 {
		t.Errorf("stopped in the second figure: drew %v, error %v", notes, err)
	}
}
