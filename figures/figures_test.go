package figures

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/show"
	"github.com/curious-go/curious/pkg/train"
)

// scribe, in the environment, names a folder: the test's binary then is a command that goes on adding records to its ledger, so many of that name.
const scribe = "CURIOUS_FIGURES_TEST_SCRIBE"

func TestMain(m *testing.M) {
	if os.Getenv(scribe) == "" {
		os.Exit(m.Run())
	}
	var folder, name string
	var count int
	if _, err := fmt.Sscan(os.Getenv(scribe), &folder, &name, &count); err != nil {
		panic(err)
	}
	for i := range count {
		r := Record{ID: fmt.Sprintf("%s-%d", name, i), Preset: "quick"}
		if err := locked(folder, func() error { return keep(folder, r) }); err != nil {
			panic(err)
		}
		fmt.Println(r.ID)
	}
}

func TestRegistry(t *testing.T) {
	plain := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen, parts := map[string]bool{}, []string{}
	for _, e := range All() {
		if !plain.MatchString(e.ID) || seen[e.ID] {
			t.Errorf("id %q is taken, or not of lower-case letters, digits and hyphens", e.ID)
		}
		seen[e.ID] = true
		if e.Part == "" || e.Cards == "" || e.draw == nil || !strings.HasSuffix(e.Caption, ".") && !strings.HasSuffix(e.Caption, ")") || strings.Contains(e.Caption, "\n") {
			t.Errorf("%s: a figure has a part, cards, a drawing and a caption of one sentence: %+v", e.ID, e)
		}
		if slices.Index(parts, e.Part) >= 0 && parts[len(parts)-1] != e.Part {
			t.Errorf("%s: the figures of %q do not stand together", e.ID, e.Part)
		}
		parts = append(parts, e.Part)
		if found, err := Find(e.ID); err != nil || found.ID != e.ID {
			t.Errorf("%s is not found: %v", e.ID, err)
		}
	}
	if _, err := Find("mona-lisa"); err == nil || !strings.Contains(err.Error(), "figure list") {
		t.Error(err)
	}
}

// The page in the repository is the one that the registry and the ledger make.
func TestPageIsFresh(t *testing.T) {
	want, err := page(".")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("README.md")
	if err != nil || string(got) != want {
		t.Errorf("figures/README.md is stale (%v): go run ./figures/draw page", err)
	}
}

func TestLedger(t *testing.T) {
	text, err := os.ReadFile("ledger.json")
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var records []Record
	if err := decoder.Decode(&records); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range records {
		key := r.ID + " at " + r.Preset
		if seen[key] {
			t.Errorf("%s stands there twice", key)
		}
		seen[key] = true
		entry, err := Find(r.ID)
		if err != nil {
			t.Errorf("%s: no such figure: take its record out of ledger.json, or register it", key)
		}
		if err := CheckPreset(r.Preset); err != nil {
			t.Errorf("%s: %v", key, err)
		}
		if err := r.check(); err != nil {
			t.Error(err)
		}
		if r.Engine == "" || r.Machine == "" || !(r.Minutes >= 0) || len(r.Rows) == 0 != entry.Diagram {
			t.Errorf("%s: engine, machine, minutes or rows are missing", key)
		}
		for _, l := range r.Rows {
			if l.What == "" || l.Data == "" || l.Unit == "" || l.Verdict == "" || l.Published == nil && l.Measured == nil {
				t.Errorf("%s: a row without model, data, unit, verdict or number: %+v", key, l)
			}
		}
		file, err := os.Open(drawing(r.ID, r.Preset))
		if err != nil {
			t.Errorf("%s: %v: go run . figure %s --preset %s", key, err, r.ID, r.Preset)
			continue
		}
		if _, err := png.DecodeConfig(file); err != nil {
			t.Errorf("%s: %s: %v", key, file.Name(), err)
		}
		file.Close()
	}
	drawings, err := filepath.Glob("drawings/*.png")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range drawings {
		if !slices.ContainsFunc(records, func(r Record) bool { return drawing(r.ID, r.Preset) == filepath.ToSlash(path) }) {
			t.Errorf("%s has no record in ledger.json: draw it again, or remove it", path)
		}
	}
}

// tiny is a figure that needs no training.
func tiny(value float64) Entry {
	return Entry{ID: "pixelcnn-blind-spot", draw: func(d *desk) (show.Figure, score.Comparison, error) {
		published := []score.Published{{What: "tiny", On: "nothing | at all", Unit: "nats", Value: 2, Source: "a book", Tolerance: 0.5}}
		measured := []score.Measured{{What: "tiny", On: "nothing | at all", Unit: "nats", Value: value, StdErr: 0.25}}
		return show.Heat{Values: [][]float64{{0, 1}, {1, 0}}}, score.Beside(published, measured), nil
	}}
}

func TestDraw(t *testing.T) {
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	var out bytes.Buffer
	for _, draw := range []struct {
		value  float64
		preset string
	}{{9, "quick"}, {2.25, "laptop"}, {3, "quick"}} {
		out.Reset()
		if err := Draw(folder, tiny(draw.value), draw.preset, &out); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"quick, seed 1, " + e.Kind, "nothing | at all, nats", "3.00 ± 0.25", "off by 1.00"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the comparison does not say %q:\n%s", want, out.String())
		}
	}
	records, err := Ledger(folder)
	if err != nil || len(records) != 2 || records[0].Preset != "quick" || records[1].Preset != "laptop" {
		t.Fatalf("a figure at two presets, one of them twice: %+v, %v", records, err)
	}
	if l := records[0].Rows[0]; l.Measured.Value != 3 || l.Published.Value != 2 || l.Tolerance != 0.5 || l.Source != "a book" {
		t.Errorf("%+v", l)
	}
	text, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"![pixelcnn-blind-spot](drawings/pixelcnn-blind-spot.png)", // of the larger preset
		`| nothing \| at all | tiny | 2 (a book) | 2.25 ± 0.25 | nats | ± 0.50 | agrees |  |`,
		"`go run . figure pixelcnn-blind-spot --preset quick` · seed 1 · ",
		"| [vae-tsne](#vae-tsne) | VAE, t-SNE | not yet |",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page does not hold %q:\n%s", want, text)
		}
	}
	for _, name := range []string{"pixelcnn-blind-spot.png", "pixelcnn-blind-spot-quick.png"} {
		if data, err := os.ReadFile(filepath.Join(folder, "drawings", name)); err != nil {
			t.Error(err)
		} else if _, err := png.Decode(bytes.NewReader(data)); err != nil {
			t.Error(name, err)
		}
	}
	stray, _ := filepath.Glob(filepath.Join(folder, ".*.json*"))
	if len(stray) > 0 {
		t.Error("left behind:", stray)
	}
}

// Whatever goes wrong, the folder stays as it was.
func TestDrawFails(t *testing.T) {
	folder := t.TempDir()
	if err := Draw(folder, tiny(2), "quick", io.Discard); err != nil {
		t.Fatal(err)
	}
	before := contents(t, folder)
	broken := tiny(2)
	broken.draw = func(*desk) (show.Figure, score.Comparison, error) {
		return nil, score.Comparison{}, fmt.Errorf("the training %w", train.ErrStopped)
	}
	empty := tiny(2)
	empty.draw = func(*desk) (show.Figure, score.Comparison, error) { return show.Heat{}, score.Comparison{}, nil }
	for name, c := range map[string]struct {
		entry  Entry
		preset string
		says   string
	}{
		"unknown preset": {tiny(2), "huge", "quick, laptop, paper"},
		"no preset":      {tiny(2), "", "quick, laptop, paper"},
		"not a number":   {tiny(math.NaN()), "quick", "NaN"},
		"infinite":       {tiny(math.Inf(1)), "laptop", "+Inf"},
		"stopped":        {broken, "quick", "pixelcnn-blind-spot: the training stopped"},
		"empty picture":  {empty, "quick", "no values"},
	} {
		err := Draw(folder, c.entry, c.preset, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", name, err, c.says)
		}
		if name == "stopped" && !errors.Is(err, train.ErrStopped) {
			t.Errorf("%v is not ErrStopped", err)
		}
	}
	if after := contents(t, folder); after != before {
		t.Errorf("the folder has changed:\n%s\nit was\n%s", after, before)
	}

	// A ledger that cannot be read is left alone.
	if err := os.WriteFile(filepath.Join(folder, "ledger.json"), []byte(`[{"id": "pixelcnn-bl`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Draw(folder, tiny(2), "quick", io.Discard); err == nil || !strings.Contains(err.Error(), "restore it") {
		t.Error(err)
	}
	if text, _ := os.ReadFile(filepath.Join(folder, "ledger.json")); string(text) != `[{"id": "pixelcnn-bl` {
		t.Errorf("the damaged ledger was overwritten: %s", text)
	}
}

// contents is all files of a folder, with their sizes and times.
func contents(t *testing.T, folder string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() && info.Name() != ".lock" {
			fmt.Fprintln(&b, path, info.Size(), info.ModTime())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWaitsForTheLock(t *testing.T) {
	old := patience
	defer func() { patience = old }()
	folder := t.TempDir()
	lock := flock.New(filepath.Join(folder, ".lock"))
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	patience = 50 * time.Millisecond
	r := Record{ID: "a", Preset: "quick"}
	err := locked(folder, func() error { return keep(folder, r) })
	if err == nil || !strings.Contains(err.Error(), "another command") {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(folder, "ledger.json")); err == nil {
		t.Error("the ledger was written without the lock")
	}
	patience = 30 * time.Second
	time.AfterFunc(100*time.Millisecond, func() { lock.Unlock() })
	if err := locked(folder, func() error { return keep(folder, r) }); err != nil {
		t.Error(err)
	}
}

// command starts the test's binary as a scribe.
func command(folder, name string, count int) *exec.Cmd {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %d", scribe, folder, name, count))
	return c
}

// Commands at once lose no row: each reads the ledger, adds to it and writes it.
func TestCommandsAtOnce(t *testing.T) {
	folder := t.TempDir()
	const commands, rows = 4, 15
	var running []*exec.Cmd
	for i := range commands {
		c := command(folder, fmt.Sprintf("figure-%d", i), rows)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		running = append(running, c)
	}
	for _, c := range running {
		if err := c.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	if records, err := Ledger(folder); err != nil || len(records) != commands*rows {
		t.Errorf("%d rows of %d, error %v", len(records), commands*rows, err)
	}
}

// A command that is killed while it writes leaves a whole ledger, which holds every row that it said was there; the next command goes on.
func TestKilled(t *testing.T) {
	folder := t.TempDir()
	var said []string
	for i := range 5 {
		c := command(folder, fmt.Sprintf("figure-%d", i), 1_000_000)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			said = append(said, lines.Text())
			if n == 3+i {
				time.Sleep(time.Duration(i) * 300 * time.Microsecond)
				if err := c.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = c.Wait()
		records, err := Ledger(folder)
		if err != nil {
			t.Fatalf("kill %d: %v", i, err)
		}
		for _, id := range said {
			if !slices.ContainsFunc(records, func(r Record) bool { return r.ID == id }) {
				t.Errorf("kill %d: row %s is lost", i, id)
			}
		}
	}
	if len(said) < 20 {
		t.Errorf("only %d rows were written", len(said))
	}
}
