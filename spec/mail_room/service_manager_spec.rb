# frozen_string_literal: true

RSpec.describe MailRoom::ServiceManager do
  def taken(**env)
    described_class.take(env.transform_keys(&:to_s))&.settings
  end

  it "is nobody unless there is a socket" do
    expect([taken, taken(NOTIFY_SOCKET: ""), taken(WATCHDOG_USEC: "30000000")]).to all(be_nil)
  end

  it "has the socket, and the watchdog when that waits for this process" do
    socket = "/run/systemd/notify"
    expect(taken(NOTIFY_SOCKET: socket)).to eq("socket" => socket)

    both = { "socket" => socket, "watchdog_usec" => 30_000_000 }
    expect(taken(NOTIFY_SOCKET: socket, WATCHDOG_USEC: "30000000")).to eq(both)
    expect(taken(NOTIFY_SOCKET: socket, WATCHDOG_USEC: "30000000", WATCHDOG_PID: Process.pid.to_s)).to eq(both)
    expect(taken(NOTIFY_SOCKET: socket, WATCHDOG_USEC: "30000000", WATCHDOG_PID: Process.ppid.to_s))
      .to eq("socket" => socket)
  end

  ["", "soon", "-1", "1e6", "9" * 30].each do |usec|
    it "has no watchdog for #{usec.inspect}" do
      expect(taken(NOTIFY_SOCKET: "@x", WATCHDOG_USEC: usec)).to eq("socket" => "@x")
    end
  end

  it "takes any bytes" do
    expect(JSON.generate(taken(NOTIFY_SOCKET: "/run/\xFF"))).to include("/run/")
  end

  it "leaves nothing of it to child processes" do
    env = { "NOTIFY_SOCKET" => "/x", "WATCHDOG_USEC" => "1", "WATCHDOG_PID" => "1", "PATH" => "/bin" }
    described_class.take(env)
    expect(env).to eq("PATH" => "/bin")
  end
end
