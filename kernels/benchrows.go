package kernels

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/curious-go/curious/kernels/wire"
)

// starts measures new kernels.
func (b *bench) starts(ctx context.Context) error {
	return b.lines(ctx, b.few(), []label{{"start, until kernel_info", "≤ 0.2"}, {"start, until a first trivial cell has ended", ""}}, func(ctx context.Context, k *contestant) ([]time.Duration, error) {
		start := time.Now()
		s, err := k.start(ctx)
		if err != nil {
			return nil, err
		}
		defer func() { _ = s.end() }()
		// Only the reply is waited for: that outputs arrive takes a client a moment longer.
		_, err = s.Ask(ctx, wire.Shell, "execute_request", executeRequest(b.trivial()))
		return []time.Duration{s.Answered, time.Since(start)}, err
	})
}

// next is a number that no source has held yet.
func (b *bench) next() int {
	b.fresh++
	return b.fresh
}

func (b *bench) trivial() string { return fmt.Sprintf("%%%%\nfmt.Println(\"hello\", %d)", b.next()) }

func (b *bench) engine() string {
	return fmt.Sprintf("import \"%s/pkg/engine\"\n%%%%\nfmt.Println(engine.Must(), %d)", module, b.next())
}

func (b *bench) model() string {
	return fmt.Sprintf("import (\n\t\"%[1]s/pkg/autoregressive/pixelcnn\"\n\t\"%[1]s/pkg/engine\"\n)\n%%%%\nfmt.Println(engine.Must(), pixelcnn.Quick(), %[2]d)", module, b.next())
}

// cells measures cells in kernels that run: changed ones until they have ended, unchanged ones until their first line.
func (b *bench) cells(ctx context.Context) error {
	changed := func(source func() string) measure {
		return func(ctx context.Context, k *contestant) ([]time.Duration, error) {
			c, err := passes(ctx, k.running, source())
			return []time.Duration{c.Whole}, err
		}
	}
	unchanged := func(source string) measure {
		return func(ctx context.Context, k *contestant) ([]time.Duration, error) {
			c, err := passes(ctx, k.running, source)
			return []time.Duration{c.First}, err
		}
	}
	for _, l := range []struct {
		label
		once measure
	}{
		{label{"trivial cell, changed", "≤ 0.15"}, changed(b.trivial)},
		{label{"trivial cell, unchanged, until its first line", "≤ 0.1"}, unchanged(b.trivial())},
		{label{"cell that opens the engine, changed", "≤ 0.5"}, changed(b.engine)},
		{label{"cell that opens the engine, unchanged, first line", ""}, unchanged(b.engine())},
		{label{"cell that imports a model and opens it, changed", "≤ 0.5"}, changed(b.model)},
	} {
		if err := b.lines(ctx, b.n, []label{l.label}, l.once); err != nil {
			return err
		}
	}
	return nil
}

func complete(ctx context.Context, k *contestant) ([]time.Duration, error) {
	return ask(ctx, k.running, "complete_request", "%%\nfmt.Pri", "Println")
}

func inspect(ctx context.Context, k *contestant) ([]time.Duration, error) {
	return ask(ctx, k.running, "inspect_request", "%%\nfmt.Println", "operands")
}

// looks measures completion and inspection, idle and while a cell runs.
func (b *bench) looks(ctx context.Context) error {
	for _, running := range []bool{false, true} {
		when := "idle"
		if running {
			when = "while a cell runs"
			for _, k := range b.kernels {
				c, err := k.running.begin(ctx, "%%\nfmt.Println(\"begun\")\ntime.Sleep(time.Hour)")
				if err == nil {
					err = c.await(ctx, "begun")
				}
				if err != nil {
					return err
				}
			}
		}
		err := b.lines(ctx, b.n, []label{{"completion of fmt.Pri, " + when, "≤ 0.3"}}, complete)
		if err == nil {
			err = b.lines(ctx, b.n, []label{{"inspection of fmt.Println, " + when, "≤ 0.3"}}, inspect)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// patience is how long a reader would wait for a completion.
const patience = 20 * time.Second

// ask measures a request about code, with the cursor at its end, whose reply has to hold a word.
func ask(ctx context.Context, s *session, kind, code, word string) ([]time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	start := time.Now()
	reply, err := s.Ask(ctx, wire.Shell, kind, map[string]any{"code": code, "cursor_pos": len(code), "detail_level": 0})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, nothing(fmt.Sprintf("> %.0f", patience.Seconds()))
	case err != nil:
		return nil, err
	case !strings.Contains(string(reply.Content), word):
		return nil, nothing("none")
	}
	return []time.Duration{time.Since(start)}, nil
}

// notebooks measures a lecture, the first time and in a new kernel.
func (b *bench) notebooks(ctx context.Context) error {
	labels := []label{{fmt.Sprintf("notebook of %d cells, the first time", len(b.lecture())), ""}, {"the same notebook after a restart", ""}}
	return b.lines(ctx, b.few(), labels, func(ctx context.Context, k *contestant) (took []time.Duration, err error) {
		cells := b.lecture()
		for range labels {
			s, err := k.start(ctx)
			if err != nil {
				return nil, err
			}
			defer s.kill()
			var whole time.Duration
			for _, code := range cells {
				c, err := passes(ctx, s, code)
				if err != nil {
					return nil, err
				}
				whole += c.Whole
			}
			took = append(took, whole)
			if err := s.end(); err != nil {
				return nil, err
			}
		}
		return took, nil
	})
}

// lecture is a small notebook of the course.
func (b *bench) lecture() []string {
	n := b.next()
	cells := []string{fmt.Sprintf("import (\n\t\"%[1]s/pkg/autoregressive/pixelcnn\"\n\t\"%[1]s/pkg/data\"\n\t\"%[1]s/pkg/engine\"\n\t\"%[1]s/pkg/nn\"\n)\n\nconst lecture = %[2]d\n\nfunc square(x int) int { return x * x }", module, n)}
	for _, body := range []string{
		"fmt.Println(engine.Must())",
		"strokes := data.PenStrokes(data.PenConfig{N: 10})\nfmt.Println(strokes.N)",
		"fmt.Println(square(lecture), math.Sqrt(2))",
		"fmt.Println(pixelcnn.Quick())",
		"fmt.Println(len(nn.MaskA(5)))",
		"fmt.Println(pixelcnn.Paper(), engine.Must())",
		"for i := range 3 {\n\tfmt.Println(i, square(i))\n}",
	} {
		cells = append(cells, "%%\n"+body)
	}
	return cells
}
