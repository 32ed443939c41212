package grant

import (
	"strconv"
	"testing"
	"time"
)

func TestPollsAreBounded(t *testing.T) {
	var polls Polls
	for i := range rememberedDevices + 10 {
		polls.judge(strconv.Itoa(i), noon.Add(DeviceLifetime+time.Duration(i)), noon)
	}
	if len(polls.byID) != rememberedDevices || polls.until.Len() != rememberedDevices {
		t.Errorf("%d devices, %d times, want %d", len(polls.byID), polls.until.Len(), rememberedDevices)
	}
	if polls.judge("0", noon.Add(DeviceLifetime), noon) != pollOnTime {
		t.Error("the device that expires first was not the one to make way")
	}
	if polls.judge(strconv.Itoa(rememberedDevices), noon.Add(DeviceLifetime), noon) == pollOnTime {
		t.Error("the latest devices were forgotten")
	}
	polls.judge("new", noon.Add(2*DeviceLifetime), noon.Add(DeviceLifetime+time.Second))
	if len(polls.byID) != 1 {
		t.Errorf("%d devices are remembered after all but one have expired", len(polls.byID))
	}
}
