package show

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// printed waits until what was printed before a display has been read: text and displays reach the notebook by different pipes, and would change places on a busy machine.
func printed() {
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		for range 50 {
			waiting, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCINQ)
			if err != nil || waiting == 0 {
				break
			}
			time.Sleep(time.Millisecond)
		}
	}
}
