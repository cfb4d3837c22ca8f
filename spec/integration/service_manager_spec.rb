# frozen_string_literal: true

require "support/notify_socket"
require "support/rspec"

# What systemd hears of a daemon with Type=notify (sd_notify(3)).
RSpec.describe "The service manager", :integration do
  let(:socket) { NotifySocket.new.tap { |socket| disposables << socket } }

  def env(socket = self.socket, **others)
    { "NOTIFY_SOCKET" => socket.name, **others.transform_keys(&:to_s) }
  end

  it "hears that the daemon is up, how many mailboxes are connected, and that it ends" do
    silent = settings(port: Servers::Ports.free)
    process = mail_room(settings, silent, options: { env: env })
    first = socket.wait_for(/\AREADY=1\n/)
    expect(first.text).to match(/\nSTATUS=[01] of 2 mailboxes connected\z/)
    expect(first.pid).to eq(process.pid)
    socket.wait_for(/STATUS=1 of 2 mailboxes connected/)

    process.term
    expect(process.exit_status).to eq(0)
    socket.wait_for(/\ASTOPPING=1\nSTATUS=/)
    expect(socket.grep(/READY=1/).size).to eq(1)
    expect(socket.grep(/WATCHDOG/)).to eq([])
  end

  it "hears that it is up when there is nothing to watch" do
    process = launch("oops: [", arguments: ["--quiet"], env: env)
    expect(socket.wait_for(/\AREADY=1\nSTATUS=No mailbox to watch\z/).pid).to eq(process.pid)
  end

  it "hears nothing of a daemon that cannot start" do
    process = launch({ mailboxes: [{ email: "somebody" }] }, env: env)
    expect(process.exit_status).to eq(1)
    expect(socket.grep(//)).to eq([])
  end

  it "has a name instead of a path" do
    abstract = NotifySocket.new(abstract: true)
    disposables << abstract
    process = mail_room(options: { env: env(abstract) })
    expect(abstract.wait_for(/READY=1/).pid).to eq(process.pid)
  end

  it "gets signs of life twice within the time of its watchdog" do
    process = mail_room(options: { env: env(WATCHDOG_USEC: "2000000") })
    alive = Wait.until(15, what: "signs of life") { socket.grep(/\AWATCHDOG=1\z/).first(3).then { _1 if _1.size == 3 } }
    expect(alive.map(&:pid)).to all(eq(process.pid))
  end

  it "gets none for another process" do
    process = mail_room(options: { env: env(WATCHDOG_USEC: "200000", WATCHDOG_PID: Process.pid.to_s) })
    socket.wait_for(/STATUS=1 of 1 mailbox connected/)
    process.term
    process.exit_status
    expect(socket.grep(/WATCHDOG/)).to eq([])
  end

  it "is told under bundle exec by the process that systemd has started" do
    command = ["bundle", "exec", *MailRoomProcess::COMMAND]
    process = mail_room(options: { env: env, command: command })
    expect(socket.wait_for(/READY=1/).pid).to eq(process.pid)
  end

  it "is no concern of the programs that the daemon starts" do
    folder = Servers::Folder.new("environment")
    disposables << folder
    server = own(Servers::Dovecot.new(mechanisms: %w[plain xoauth2]))
    command = "env > #{folder.join('environment')}; exit 1"
    mail_room(settings(new_inbox(server), password: nil, oauth2: { token_command: command }),
              options: { env: env(WATCHDOG_USEC: "2000000") })
    wait_for_error
    expect(File.read(folder.join("environment"))).to match(/^PATH=/).and not_include("NOTIFY_SOCKET", "WATCHDOG")
  end

  { "is gone" => "/nowhere/notify", "is of a kind that is not known" => "vsock:2:1234" }.each do |what, name|
    it "does not matter when its socket #{what}" do
      process = mail_room(options: { env: { "NOTIFY_SOCKET" => name, "WATCHDOG_USEC" => "200000" } })
      inbox.append(Mails.small(1))
      expect_delivered(1)
      process.term
      expect(process.exit_status).to eq(0)
    end
  end

  it "does not matter when it reads nothing" do
    process = mail_room(options: { env: env(WATCHDOG_USEC: "100000") })
    # The kernel keeps some ten datagrams for it.
    Wait.until(15, what: "a full queue") { full? }
    inbox.append(Mails.small(1))
    expect_delivered(1)
    process.term
    expect(process.exit_status).to eq(0)
  end

  # Whether there is no room for another datagram.
  def full?
    Socket.new(:UNIX, :DGRAM).tap { |other| other.connect(Socket.sockaddr_un(socket.name)) }
          .write_nonblock("", exception: false) == :wait_writable
  end
end
