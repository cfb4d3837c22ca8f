# frozen_string_literal: true

require "fileutils"
require "mail_room/tasks/service"
require "tmpdir"

RSpec.describe MailRoom::Tasks::Service do
  around do |example|
    Dir.mktmpdir do |folder|
      @root = folder
      example.run
    end
  end

  attr_reader :root

  let(:service) { described_class.new(root: root) }
  let(:units) { "usr/local/lib/systemd/system" }

  def put(name, text = "")
    path = File.join(root, name)
    FileUtils.mkdir_p(File.dirname(path))
    File.write(path, text)
  end

  describe "#enabled?" do
    it "is false where nothing is installed" do
      expect(service).not_to be_enabled
    end

    it "wants the units installed, and the one wanted by the other" do
      put("#{units}/gitlab.target")
      put("#{units}/gitlab-mailroom.service")
      expect(service).not_to be_enabled

      FileUtils.mkdir_p("#{root}/etc/systemd/system/gitlab.target.wants")
      File.symlink("/#{units}/gitlab-mailroom.service",
                   "#{root}/etc/systemd/system/gitlab.target.wants/gitlab-mailroom.service")
      expect(service).to be_enabled
    end

    it "takes a target that names it" do
      put("#{units}/gitlab.target", "[Unit]\nWants=gitlab-puma.service gitlab-mailroom.service\n")
      expect(service).not_to be_enabled

      put("#{units}/gitlab-mailroom.service")
      expect(service).to be_enabled
    end

    it "takes the settings of the init script" do
      put("etc/default/gitlab", "mail_room_enabled=false\n")
      expect(service).not_to be_enabled

      put("etc/default/gitlab", "mail_room_enabled=true\n")
      expect(service).to be_enabled
    end
  end

  describe "#running?" do
    # What ps prints, so that other processes of this machine do not count.
    def with_ps(*lines, &)
      with_program("printf '%s\\n' 'USER PID COMMAND' #{lines.map { |line| "'#{line}'" } * ' '}", &)
    end

    # What the real ps prints, of one process.
    def with_ps_of(pid, &)
      with_program("/bin/ps \"$@\" | awk 'NR == 1 || $2 == #{pid}'", &)
    end

    def with_program(script)
      put("ps", "#!/bin/sh\n#{script}\n")
      File.chmod(0o755, "#{root}/ps")
      before = ENV.fetch("PATH")
      ENV["PATH"] = [root, before].join(File::PATH_SEPARATOR)
      yield described_class.new
    ensure
      ENV["PATH"] = before
    end

    it "is true when the command of a process has mail_room in it" do
      with_ps("git 77 ruby \xFF bundle exec mail_room -c x") { |service| expect(service).to be_running }
      with_ps("git 77 ruby puma") { |service| expect(service).not_to be_running }
    end

    it "does not take the process that asks, or the one that started it, for mail_room" do
      lines = ["git #{Process.pid} rake -f mail_room/Rakefile", "git #{Process.ppid} sh -c cd mail_room && rake"]
      with_ps(*lines) { |service| expect(service).not_to be_running }
    end

    it "sees the real processes of this user" do
      pids = ["mail_room", "another program"].map do |title|
        Process.spawn(RbConfig.ruby, "-e", "Process.setproctitle('#{title} of a spec'); sleep").tap do |pid|
          Wait.until(20, what: "the title") { `ps -o args= -p #{pid}`.include?("#{title} of a spec") }
        end
      end
      with_ps_of(pids.first) { |service| expect(service).to be_visible.and be_running }
      with_ps_of(pids.last) { |service| expect(service).not_to be_running }
    ensure
      pids&.each { |pid| Process.kill("KILL", pid) && Process.wait(pid) }
    end

    it "cannot tell where there is no ps" do
      before = ENV.fetch("PATH")
      ENV["PATH"] = root
      expect(described_class.new).not_to be_visible
    ensure
      ENV["PATH"] = before
    end
  end
end
