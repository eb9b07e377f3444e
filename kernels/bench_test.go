package kernels

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for want, times := range map[float64][]time.Duration{
		2:   {2 * time.Second},
		3:   {9 * time.Second, time.Second, 3 * time.Second},
		2.5: {4 * time.Second, time.Second, 2 * time.Second, 3 * time.Second},
	} {
		if got := median(times); got != want {
			t.Errorf("median of %v = %g", times, got)
		}
	}
}

// The table shows what could be measured, and in its place why something could not.
func TestBenchTable(t *testing.T) {
	var out strings.Builder
	ours, stock := &contestant{name: "ours"}, &contestant{name: "stock GoNB"}
	b := &bench{kernels: [2]*contestant{ours, stock}, out: &out}
	ctx := t.Context()
	err := b.lines(ctx, 3, []label{{"first", "≤ 1"}, {"second", ""}}, func(_ context.Context, k *contestant) ([]time.Duration, error) {
		if k == ours {
			return []time.Duration{time.Second, 2 * time.Second}, nil
		}
		return []time.Duration{3 * time.Second, 3 * time.Second}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	err = b.lines(ctx, 3, []label{{"hangs", ""}}, func(_ context.Context, k *contestant) ([]time.Duration, error) {
		if k == stock {
			asked++
			return nil, nothing("> 20")
		}
		return []time.Duration{time.Second}, nil
	})
	if err != nil || asked != 1 {
		t.Errorf("asked %d times, %v", asked, err)
	}
	want := [][]string{{"first", "1.000", "3.000", "3.0", "≤", "1"}, {"second", "2.000", "3.000", "1.5"}, {"hangs", "1.000", ">", "20"}}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d lines:\n%s", len(lines), out.String())
	}
	for i, l := range lines {
		if got := strings.Fields(l); strings.Join(got, " ") != strings.Join(want[i], " ") {
			t.Errorf("line %q, want the words %q", l, want[i])
		}
	}
	err = b.lines(ctx, 1, []label{{"breaks", ""}}, func(context.Context, *contestant) ([]time.Duration, error) { return nil, errors.New("gone") })
	wantWords(t, err, "breaks", "ours", "gone")
}
