package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/curious-go/curious/pkg/home"
)

// Unreachable is the error of a set that cannot be fetched now through no fault of the machine's: no network, or told to stay offline.
type Unreachable struct {
	Why string // short, to stand after "since"
	Err error  // the cause, or nil
}

func (u *Unreachable) Error() string {
	if u.Err == nil {
		return u.Why
	}
	return fmt.Sprintf("%s (%v)", u.Why, u.Err)
}

func (u *Unreachable) Unwrap() error { return u.Err }

// Event is a moment of a download.
type Event struct {
	Set         Set
	File        string // the one in progress
	Done, Total int64  // bytes of the files that were missing
	Waiting     bool   // for another process that fetches the same set
}

// Progress is told how a download goes, many times a second. nil is fine.
type Progress func(Event)

// Get fetches a set by name, unless it is here already: see [Set.Get].
func Get(ctx context.Context, name string, progress Progress) error {
	set, err := Lookup(name)
	if err != nil {
		return err
	}
	_, err = set.Get(ctx, progress)
	return err
}

// Get finds the files of the set and downloads those that are missing into the cache, each checked before it gets its name.
// A download that stops goes on from there next time. One process at a time fetches; others wait and then find the files.
// No network, or CURIOUS_OFFLINE=1, gives an [*Unreachable].
func (s Set) Get(ctx context.Context, progress Progress) ([]Found, error) {
	found, missing, err := s.Find()
	if err != nil || len(missing) == 0 {
		return found, err
	}
	if forbidden() {
		return nil, s.trouble(&Unreachable{Why: "CURIOUS_OFFLINE=1 forbids downloads"})
	}
	if progress == nil {
		progress = func(Event) {}
	}
	dir, err := home.Sub(filepath.Join("data", s.Name))
	if err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(dir, ".lock"))
	defer lock.Close()
	held, err := lock.TryLock()
	if err == nil && !held {
		progress(Event{Set: s, Waiting: true})
		_, err = lock.TryLockContext(ctx, 200*time.Millisecond)
	}
	if err != nil {
		return nil, s.trouble(err)
	}
	// Whoever held the lock may have fetched all.
	if found, missing, err = s.Find(); err != nil || len(missing) == 0 {
		return found, err
	}
	event := Event{Set: s}
	for _, f := range missing {
		event.Total += f.Size
	}
	for _, f := range missing {
		event.File = f.Name
		before := event.Done
		err := s.download(ctx, f, dir, func(done int64) {
			event.Done = before + done
			progress(event)
		})
		if err != nil {
			return nil, s.trouble(err)
		}
		event.Done = before + f.Size
	}
	found, missing, err = s.Find()
	if err == nil && len(missing) > 0 {
		err = fmt.Errorf("data: fetching %s: %s vanished after its download: run it again", s.Name, missing[0].Name)
	}
	return found, err
}

// Ensure is [Set.Get] for a cell, which must not keep a reader waiting: once hosts did not answer at all, it asks again only after ten minutes.
func (s Set) Ensure(progress Progress) ([]Found, error) {
	found, missing, err := s.Find()
	if err != nil || len(missing) == 0 {
		return found, err
	}
	note := ""
	if dir, err := home.Sub(filepath.Join("data", s.Name)); err == nil && !forbidden() {
		note = filepath.Join(dir, ".silent")
		if info, err := os.Stat(note); err == nil && time.Since(info.ModTime()) < 10*time.Minute {
			return nil, s.trouble(&Unreachable{Why: fmt.Sprintf("the host did not answer at %s", info.ModTime().Format("15:04"))})
		}
	}
	found, err = s.Get(context.Background(), progress)
	if note != "" && timedOut(err) {
		_ = os.WriteFile(note, nil, 0o644)
	} else if err == nil {
		_ = os.Remove(note)
	}
	return found, err
}

func forbidden() bool { return os.Getenv("CURIOUS_OFFLINE") == "1" }

// trouble says what was being done, and the remedy if one is known.
func (s Set) trouble(err error) error {
	remedy := ""
	var offline *Unreachable
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		remedy = ": run it again and it goes on from here"
	case errors.As(err, &offline):
		first := "connect and try again"
		if forbidden() {
			first = "unset it"
		}
		remedy = fmt.Sprintf(": %s, or put the files into a folder %s and point CURIOUS_DATA to the folder above it", first, s.Name)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		remedy = fmt.Sprintf(": make room for %s, or set CURIOUS_HOME to a folder on another disk", Bytes(s.Size()))
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		remedy = ": set CURIOUS_HOME to a folder that may be written"
	}
	return fmt.Errorf("data: fetching %s: %w%s", s.Name, err, remedy)
}

// Status is what is on this machine of a set.
type Status struct {
	Files   int    // files here
	Missing int64  // bytes to download
	Where   string // "$CURIOUS_DATA/mnist" or "the cache"; empty if nothing is here
	Dir     string // the folder itself
}

// Complete says whether all files are here.
func (s Status) Complete() bool { return s.Missing == 0 }

func (s Status) String() string {
	switch {
	case s.Complete():
		return "here, in " + s.Where
	case s.Files == 0:
		return fmt.Sprintf("not here: %s to download", Bytes(s.Missing))
	default:
		return fmt.Sprintf("in part, in %s: %s to download", s.Where, Bytes(s.Missing))
	}
}

// Status looks for the files by name; [Set.Verify] looks into them.
func (s Set) Status() (Status, error) {
	found, missing, err := s.Find()
	if err != nil {
		return Status{}, err
	}
	status := Status{Files: len(found)}
	for _, f := range missing {
		status.Missing += f.Size
	}
	if len(found) > 0 {
		status.Where, status.Dir = found[0].Where, filepath.Dir(found[0].Path)
	}
	return status, nil
}

// Verify reads all files that are here and checks their sums.
func (s Set) Verify() error {
	found, _, err := s.Find()
	for _, f := range found {
		if _, err := f.WriteTo(io.Discard); err != nil {
			return err
		}
	}
	return err
}

// Bytes writes a size as people read it: "11.6 MB".
func Bytes(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d bytes", n)
}
