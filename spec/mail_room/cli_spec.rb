# frozen_string_literal: true

require "json"
require "open3"
require "rbconfig"
require "tempfile"
require "timeout"

RSpec.describe MailRoom::CLI do
  let(:root) { File.expand_path("../..", __dir__) }

  def command(*arguments)
    [RbConfig.ruby, "-Ilib", "exe/mail_room", *arguments]
  end

  def run(*arguments)
    output, errors, status = Open3.capture3(*command(*arguments), chdir: root)
    [output, errors, status.exitstatus]
  end

  # Starts a process, waits until it watches for signals, and ends it with the block.
  def started(*command)
    process = Process.detach(Process.spawn(*command, chdir: root, %i[out err] => File::NULL))
    Timeout.timeout(15) { sleep(0.01) until title_of(process.pid).start_with?("mail_room") }
    yield process
  ensure
    Process.kill(:KILL, process.pid) if process.alive?
  end

  def title_of(pid)
    `ps -o args= -p #{pid}`.strip
  end

  def status_of(process)
    process.join(15)&.value&.exitstatus
  end

  def configuration(text)
    Tempfile.create(["mail_room", ".yml"]) do |file|
      file.write(text)
      file.close
      yield file.path
    end
  end

  describe "arguments" do
    it "shows its usage" do
      usage = /\AWatches inboxes .*\.\n\nUsage: mail_room .*--config FILE.*--log-exit-as/m

      expect([run("--help"), run("-h")]).to all(match([usage, "", 0]))
    end

    it "shows its version" do
      expect(run("--version")).to eq(["gitlab-mail_room-rs #{MailRoom::VERSION}\n", "", 0])
    end

    it "does not start a second daemon for somebody who wanted to requeue" do
      expect(run("-c", "mail_room.yml", "requeue"))
        .to eq(["", "mail_room: write requeue first: mail_room requeue -c FILE\n", 1])
    end

    it "does not start one for somebody who wanted an explanation" do
      expect(run("-c", "mail_room.yml", "explain", "mail.eml", "--format", "json"))
        .to eq(["", "mail_room: write explain first: mail_room explain -c FILE MAIL...\n", 1])
    end

    it "does not start one for a misspelled command" do
      { "explane" => "explain", "expalin" => "explain", "Requeue" => "requeue", "reque" => "requeue" }
        .each do |word, meant|
          expect(run(word, "mail.eml"))
            .to eq(["", "mail_room: unknown command #{word.inspect}, did you mean #{meant}?\n", 1])
        end
    end

    it "refuses an unknown option" do
      expect(run("--frobnicate"))
        .to eq(["", "mail_room: invalid option: --frobnicate; see mail_room --help\n", 1])
    end

    # The file is missing and --quiet given, so that nothing else has to be right.
    def options(*arguments)
      cli = nil
      expect { cli = described_class.new(arguments) }.to output(/missing.yml: cannot be read/).to_stdout
      cli.options
    end

    it "are understood as GitLab writes them" do
      expect(options("--log-exit-as", "json", "--quiet", "--config", "missing.yml"))
        .to eq(exit_error_format: "json", quiet: true, config_path: "missing.yml")
    end

    # Omnibus passes `plain` after an option that once took no value.
    it "may have words left over" do
      %w[leftover plain json production].each do |word|
        expect(options(word, "--log-exit-as", "plain", "-q", "-c", "missing.yml", "more"))
          .to eq(exit_error_format: "plain", quiet: true, config_path: "missing.yml")
      end
    end

    it "are left as they were" do
      arguments = %w[-q -c missing.yml more].freeze

      expect(options(*arguments)).to include(quiet: true)
    end

    it "hint at a file that was given without -c" do
      configuration("mailboxes: []\n") do |path|
        expect { described_class.new(["no-file", path]) }
          .to output("mail_room: no file was given, so there are no mailboxes to watch (did you mean -c #{path}?)\n")
          .to_stderr
      end
    end

    it "need no file where the environment names one, as for GitLab, and -c counts before that" do
      configuration("production: {incoming_email: {enabled: false}}") do |path|
        stub_const("ENV", "MAIL_ROOM_GITLAB_CONFIG_FILE" => path)

        expect { described_class.new([]) }.to output(/production\.incoming_email\.enabled is false/).to_stderr
        expect(options("-q", "-c", "missing.yml")).to include(config_path: "missing.yml")
      end
    end

    it "take --log-exit-as without a format" do
      expect(options("--log-exit-as", "-q", "-c", "missing.yml")[:exit_error_format]).to be_nil
    end

    it "take an unknown format for plain" do
      format = nil

      expect { format = options("--log-exit-as", "xml", "-q", "-c", "missing.yml")[:exit_error_format] }
        .to output("mail_room: --log-exit-as \"xml\" is unknown, using plain\n").to_stderr
      expect(format).to eq("plain")
    end
  end

  describe "a configuration that cannot be loaded" do
    it "ends the process with one line and status 1" do
      expect(run("-c", "missing.yml"))
        .to eq(["", "mail_room: missing.yml: cannot be read: No such file or directory\n", 1])
    end

    it "ends the process with one line of JSON and status 1" do
      output, errors, status = run("-c", "missing.yml", "--log-exit-as", "json")

      expect([errors, status, output.lines.size]).to eq(["", 1, 1])
      expect(JSON.parse(output)).to match(
        "time" => /\A\d{4}-\d\d-\d\dT/, "severity" => "fatal", "backtrace" => include(/cli\.rb/),
        "message" => "missing.yml: cannot be read: No such file or directory"
      )
    end

    it "tells no secret" do
      configuration("mailboxes:\n  - {email: a@example.com, password: hunter2, delivery_method: noop}\n") do |path|
        expect(run("-c", path)).to match(["", /Field :name is required .* of a@example.com$/, 1])
        expect(run("-c", path, "--log-exit-as", "json").join).not_to include("hunter2")
      end
    end
  end

  describe "an error while running" do
    def failing(*arguments)
      program = 'require "mail_room"; class MailRoom::Coordinator; def run = raise("broken"); end; ' \
                "MailRoom::CLI.new(ARGV).start"
      output, errors, status = Open3.capture3(RbConfig.ruby, "-Ilib", "-e", program, "--", *arguments, chdir: root)
      [output, errors, status.exitstatus]
    end

    it "ends the process with Ruby's backtrace and status 1" do
      expect(failing).to match(["", /broken \(RuntimeError\).*from/m, 1])
    end

    it "ends the process with a line of JSON and status 1" do
      output, _, status = failing("--log-exit-as", "json")

      expect([JSON.parse(output)["message"], status]).to eq(["broken", 1])
    end
  end

  describe "signals" do
    %w[TERM INT].each do |signal|
      it "ends gracefully on SIG#{signal}, with status 0" do
        started(*command) do |process|
          Process.kill(signal, process.pid)

          expect(status_of(process)).to eq(0)
        end
      end
    end

    it "shows mail_room and its arguments in ps" do
      started(*command("-q", "-c", "missing.yml")) do |process|
        expect(title_of(process.pid)).to eq("mail_room -q -c missing.yml")
      end
    end

    it "ends at once on the second one" do
      program = 'require "mail_room"; class MailRoom::Coordinator; def run = sleep; def stop = nil; end; ' \
                "MailRoom::CLI.new(ARGV).start"

      started(RbConfig.ruby, "-Ilib", "-e", program) do |process|
        Process.kill(:TERM, process.pid)
        expect(process.join(0.2)).to be_nil
        Process.kill(:INT, process.pid)

        expect(status_of(process)).to eq(128 + Signal.list["INT"])
      end
    end

    it "does not wait for a thread that cannot be ended" do
      program = 'require "mail_room"; class MailRoom::MailboxWatcher; def running? = true; end; ' \
                "class MailRoom::Coordinator; def watchers = [MailRoom::MailboxWatcher.new(nil)]; " \
                "def run = sleep(0.3); end; " \
                "Thread.new { begin; sleep; ensure; sleep; end }; MailRoom::CLI.new(ARGV).start"

      started(RbConfig.ruby, "-Ilib", "-e", program) { |process| expect(status_of(process)).to eq(0) }
    end
  end
end
