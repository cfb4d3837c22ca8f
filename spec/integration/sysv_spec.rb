# frozen_string_literal: true

require "support/rspec"
require "support/service_helpers"

lacking = ServiceHelpers.lacking("start-stop-daemon" => "dpkg")

# support/sysv/gitlab-mailroom, run as init runs it.
RSpec.describe "The SysV script", :integration, :service, skip: lacking do
  let(:script) { support("sysv", "gitlab-mailroom") }
  let(:pid_file) { folder.join("gitlab/tmp/pids/mail_room.pid") }
  let(:output) { File.read(folder.join("gitlab/log/mail_room.log")) }

  before { %w[config log tmp/pids].each { |name| folder.mkdir("gitlab", name) } }
  after { service("stop") }

  # Writes /etc/default/gitlab.
  def defaults(enabled: true, file: "gitlab", **others)
    lines = { mail_room_enabled: enabled, app_user: user, app_root: folder.join("gitlab"), mail_room_command: command,
              mail_room_config: configuration, mail_room_gem_home: "", **others }
    folder.write("default/#{file}", lines.map { |name, value| "#{name}=\"#{value}\"\n" }.join)
  end

  def service(action, script: self.script)
    run(script, *action, env: { "GITLAB_DEFAULTS_DIRECTORY" => folder.join("default") }, chdir: "/")
  end

  def pid
    File.read(pid_file).to_i
  end

  def alive?(pid)
    Process.kill(0, pid) == 1
  rescue Errno::ESRCH
    false
  end

  it "starts, tells, restarts and stops" do
    inbox.append(Mails.small(1))
    defaults
    expect(service("status")).to eq(["MailRoom is not running.\n", 3])
    expect(service("start")).to eq(["MailRoom is started, with pid #{pid}.\n", 0])
    expect(service("status")).to eq(["MailRoom is running, with pid #{pid}.\n", 0])
    wait_for_action("Idling")
    expect(delivered_numbers).to eq([1])

    first = pid
    expect(service("restart")).to eq(["MailRoom is stopped.\nMailRoom is started, with pid #{pid}.\n", 0])
    expect([alive?(first), alive?(pid)]).to eq([false, true])
    wait_for_action("Idling", times: 2)

    expect(service("stop")).to eq(["MailRoom is stopped.\n", 0])
    wait_for_action("Done with mailbox", times: 2)
    expect(File).not_to exist(pid_file)
    expect(service("stop")).to eq(["MailRoom is not running.\n", 0])
    expect(output).to eq("")
  end

  it "starts one and no second" do
    defaults
    service("start")
    expect(service("start")).to eq(["MailRoom is running already, with pid #{pid}.\n", 0])
  end

  it "starts nothing when it is disabled" do
    defaults(enabled: false)
    expect(service("start")).to match([/\AMailRoom is disabled: mail_room_enabled is not true/, 0])
    expect(service("status").last).to eq(3)
  end

  it "has defaults of its own that come after GitLab's" do
    defaults(enabled: false)
    folder.write("default/gitlab-mailroom", "mail_room_enabled=true\n")
    expect(service("start")).to match([/\AMailRoom is started/, 0])
  end

  it "is not misled by a pid file that a crash has left" do
    defaults
    service("start")
    wait_for_action("Idling")
    Process.kill("KILL", pid)
    Wait.until(15, what: "its end") { service("status").last == 1 }
    expect(service("status").first).to eq("MailRoom is dead, and has left #{pid_file}.\n")
    expect(service("start")).to match([/\AMailRoom is started/, 0])
  end

  it "is not misled by a pid file with something else in it" do
    defaults
    other = Servers::Process.new("sleep", "600", output: folder.join("sleep")).start
    ["", "no number", other.pid].each do |content|
      File.write(pid_file, "#{content}\n")
      expect(service("stop")).to eq(["MailRoom is not running.\n", 0])
    end
    File.write(pid_file, "#{other.pid}\n")
    expect(service("start")).to match([/\AMailRoom is started/, 0])
    expect(other).to be_alive
  ensure
    other&.stop
  end

  it "says where to look when the daemon does not start" do
    defaults(mail_room_config: folder.write("broken.yml", ":mailboxes: 7\n"))
    expect(service("start")).to match([/\AMailRoom could not be started, see .*mail_room.log/, 1])
    expect(output).to include("mailboxes must be a list")
  end

  it "takes a command of several words" do
    defaults(mail_room_command: "env MAIL_ROOM_SPEC=1 #{command}")
    service("start")
    expect(File.read("/proc/#{pid}/environ")).to include("MAIL_ROOM_SPEC=1", "RAILS_ENV=production")
  end

  ["", "reload", "--help"].each do |action|
    it "tells its usage when asked to #{action.inspect}" do
      defaults
      expect(service(action.empty? ? [] : [action]))
        .to eq(["Usage: #{script} {start|stop|restart|force-reload|status}\n", 2])
    end
  end

  it "has a header that init understands, and an example of defaults that are shell" do
    header = File.read(script)[/### BEGIN INIT INFO\n(.*?)### END INIT INFO/m, 1]
    expect(header.scan(/^# ([\w-]+):/).flatten).to include("Provides", "Required-Start", "Required-Stop",
                                                           "Default-Start", "Default-Stop", "Short-Description")
    expect(run("sh", "-eu", support("sysv", "default.gitlab"))).to eq(["", 0])
  end

  it "is plain shell, as are the others", skip: ServiceHelpers.lacking("shellcheck" => "shellcheck") do
    scripts = [script, support("runit", "run"), support("runit", "log", "run")]
    expect(run("shellcheck", *scripts)).to eq(["", 0])
  end
end
