# frozen_string_literal: true

require "time"
require_relative "../../spec/support/json_log"
require_relative "../../spec/support/mails"
require_relative "../../spec/support/servers"
require_relative "console"
require_relative "package"
require_relative "project"
require_relative "worker_log"

# The gem at work, told step by step: install it, start a mail server, a Redis, mail_room and Sidekiq, and follow the
# mails from the mailbox into the worker.
class Demo
  # A step did not come to its end.
  class Failed < StandardError; end

  FOLDER = File.join(Package::ROOT, "tmp/demo")
  USER = "support@example.com"
  PASSWORD = "demo-password"
  STEPS = %i[install start_servers write_project fill_mailbox drain deliver_one_more stop summarize].freeze

  # Seconds; what is waited for takes one or two.
  LIMIT = 60

  def initialize
    @console = Console.new
    @began = Wait.now
    @servers = []
  end

  # @return [Boolean] whether every mail came through
  def run
    @console.title("gitlab-mail_room-rs: from a mailbox to a Sidekiq worker")
    STEPS.each { |step| send(step) }
    true
  rescue Interrupt
    @console.line("Interrupted.")
    false
  rescue StandardError => error
    report(error)
    false
  ensure
    clean_up
  end

  private

  def install
    @console.step("Build the gem and install it, as its users would")
    @package = Package.new(FOLDER, @console)
    @package.install
  end

  def start_servers
    @console.step("Start a private mail server and a private Redis, on free ports of this machine")
    @certificates = Servers::Certificates.new
    @dovecot = start(Servers::Dovecot.new(certificate: @certificates.good))
    @dovecot.add_user(USER, PASSWORD)
    @console.line("Dovecot: IMAP over TLS on port #{@dovecot.ports.fetch(:imaps)}")
    @redis = start(Servers::Redis.new)
    @console.line("Redis: port #{@redis.port}")
  end

  def write_project
    @console.step("Write a small application")
    @project = Project.new(File.join(FOLDER, "project"), @package.env.merge(project_settings))
    @project.write
    Project::FILES.each { |file| @console.line(File.join("tmp/demo/project", file)) }
    @mail_room_log = JsonLog.new(@project.log("mail_room.json"))
    @worker_log = WorkerLog.new(@project.log("sidekiq.out"))
  end

  def project_settings
    { "DEMO_USER" => USER, "DEMO_PASSWORD" => PASSWORD, "DEMO_CA_FILE" => @certificates.ca_file,
      "DEMO_PORT" => @dovecot.ports.fetch(:imaps).to_s, "REDIS_URL" => @redis.url }
  end

  def fill_mailbox
    mails = Mails.fixtures.values
    @console.step("Put #{mails.size} mails into the mailbox of #{USER}")
    @dovecot.fill(USER, mails)
    @expected = mails.map { |mail| message_id(mail) }
    @console.line("#{inbox.unseen} unread: replies, issues, an attachment, several character sets, even NUL bytes")
  end

  def drain
    @console.step("Start mail_room and Sidekiq, and see what the worker gets")
    @mail_room = launch(@project.mail_room, @project.mail_room_command)
    @sidekiq = launch(@project.sidekiq, @project.sidekiq_command)
    wait_for_worker
    @mail_room.wait_until(LIMIT, "all mails to be marked as read") { inbox.unseen.zero? }
    @console.blank
    @console.line("The mailbox has #{inbox.unseen} unread mails now.")
  end

  def deliver_one_more
    @console.step("Deliver one more mail while mail_room idles")
    @mail_room.wait_until(LIMIT, "mail_room to idle") { @mail_room_log.lines.last&.dig("action") == "Idling" }
    mail = one_more
    @expected << message_id(mail)
    inbox.append(mail)
    arrival = Time.now
    wait_for_worker

    @console.blank
    @console.line("From its arrival to the job in Redis: #{milliseconds_until_pushed(arrival)} ms.")
    @console.line("(500 of them are Dovecot's: so long it waits before it tells a waiting client of new mail.)")
  end

  def one_more
    mail = Mails.fixture("new_issue")
    mail = mail.sub(/^Message-ID: .*\r$/, "Message-ID: <one.more@example.com>\r")
    mail.sub(/^Subject: .*\r$/, "Subject: One more thing\r")
  end

  def milliseconds_until_pushed(arrival)
    # The worker may be done before mail_room has written that it pushed the job.
    pushed = Wait.until(LIMIT, what: "the line of the pushed message") do
      @mail_room_log.lines.map { |line| pushed_at(line) }.compact.find { |time| time > arrival }
    end
    ((pushed - arrival) * 1000).round
  end

  def pushed_at(line)
    Time.iso8601(line.fetch("time")) if line["action"] == "message pushed"
  end

  def stop
    @console.step("Stop mail_room and Sidekiq with SIGTERM")
    began = Wait.now
    @status = @mail_room.stop(limit: 20)
    @console.line("mail_room ended after #{((Wait.now - began) * 1000).round} ms with status #{@status&.exitstatus}")
    @console.line("Sidekiq ended with status #{@sidekiq.stop(limit: 20)&.exitstatus}")
  end

  def summarize
    raise Failed, "mail_room's exit status should have been 0" unless @status&.exitstatus&.zero?
    raise Failed, "#{inbox.unseen} mails are still unread" unless inbox.unseen.zero?
    raise Failed, "some mails came twice" unless @worker_log.ids.uniq.size == @worker_log.ids.size

    @console.step("Done")
    @console.line("#{@worker_log.ids.size} of #{@expected.size} mails came through, each once; none is left unread.")
    @console.line("It took #{(Wait.now - @began).round} s. The application and its logs are in tmp/demo/project.")
  end

  def inbox
    @dovecot.inbox(USER)
  end

  def message_id(mail)
    mail[/^Message-ID: (\S+)\r$/, 1]
  end

  # Shows each mail that the worker prints, until all have come.
  def wait_for_worker
    @mail_room.wait_until(LIMIT, "#{@expected.size} mails at the worker") do
      raise Failed, "Sidekiq ended" unless @sidekiq.alive?

      @worker_log.show_new(@console)
      (@expected - @worker_log.ids).empty?
    end
  end

  def start(server)
    @servers << server
    server.start
  end

  def launch(process, command)
    @console.line("$ #{command.join(' ')}")
    process.start
  end

  def report(error)
    @console.blank
    @console.line("FAILED: #{error.message}")
    return unless @project

    %w[mail_room.out mail_room.json sidekiq.out].each { |name| @console.excerpt(@project.log(name)) }
  end

  # Whatever happened: nothing it started stays.
  def clean_up
    [@mail_room, @sidekiq].compact.each(&:stop)
    @servers.reverse_each(&:remove)
  end
end

# These end the same way as Ctrl-C does, so that nothing stays behind.
%w[TERM HUP].each { |name| trap(name) { raise Interrupt } }

exit(Demo.new.run ? 0 : 1)
