# frozen_string_literal: true

require "support/rspec"
require "support/one_message_server"

RSpec.describe "Delivery to Que", :integration do
  let(:postgres) { SharedServers.postgres }
  let(:mail) { Mails.fixture("reply") }

  def que(inbox = self.inbox, postgres: self.postgres, **changes)
    timeouts = changes.slice(:delivery_timeout, :connect_timeout)
    options = postgres.options(**changes.except(*timeouts.keys))
    settings(inbox, delivery_method: "que", **timeouts).merge(delivery_options: options)
  end

  def wait_for_jobs(count, postgres = self.postgres, limit: MailRoomHelpers::SOON)
    processes.last.wait_until(limit, what: "#{count} jobs in PostgreSQL") { postgres.job_count >= count }
    postgres.jobs
  end

  def expect_all_marked(inbox = self.inbox)
    processes.last.wait_until(what: "all marks") { inbox.unseen.zero? }
  end

  # The one argument of a job.
  def message(job)
    JSON.parse(job["args"]).then { |args| args.first if args.size == 1 }
  end

  # The message stays where it is, and a log line tells why.
  # @return [String] the error
  def expect_pause
    line = processes.last.wait_for_log(what: "a pause") { |log| log["action"] == "Delivery paused" }
    expect([line["severity"], inbox.unseen]).to eq(["WARN", 1])
    expect(processes.last.everything).not_to include(postgres.password)
    line.fetch("error")
  end

  describe "the job" do
    before { inbox.append(mail) }

    it "is the row that gitlab-mail_room inserts" do
      postgres.create_que_jobs(:classic)
      mail_room(que)

      job = wait_for_jobs(1).first
      expect(job).to include("priority" => "100", "job_class" => "EmailReceiverJob", "queue" => "", "job_id" => "1",
                             "error_count" => "0", "last_error" => nil)
      expect(message(job)).to eq(mail.dup.force_encoding("UTF-8"))
      expect_all_marked
      expect(processes.last.wait_for_action("message pushed")).to include("delivery_method" => "Que")
    end

    it "has the configured queue, priority and class, and all else by the table's defaults" do
      postgres.create_que_jobs(:modern)
      mail_room(que(queue: "mailers", priority: "7", job_class: "Receiver::Job"))

      job = wait_for_jobs(1).first
      expect(job).to include("priority" => "7", "job_class" => "Receiver::Job", "queue" => "mailers",
                             "kwargs" => "{}", "job_schema_version" => "1")
      expect(message(job)).to eq(mail.dup.force_encoding("UTF-8"))
    end

    it "has a job_schema_version where the table asks for one" do
      postgres.create_que_jobs(:modern)
      postgres.query("ALTER TABLE que_jobs ALTER COLUMN job_schema_version DROP DEFAULT")
      mail_room(que)
      expect(expect_pause).to include("column job_schema_version of table que_jobs must have a value")

      processes.last.term
      processes.last.exit_status
      mail_room(que(job_schema_version: 2))
      expect(wait_for_jobs(1).first["job_schema_version"]).to eq("2")
    end
  end

  describe "the messages" do
    it "arrive all, once and as they are, over one connection for all mailboxes" do
      postgres.create_que_jobs(:classic)
      desk = new_inbox
      dovecot.fill(inbox.user, (1..100).map { |number| Mails.small(number) })
      dovecot.fill(desk.user, (101..200).map { |number| Mails.small(number) })
      before = postgres.log.scan("application_name=mail_room").size
      mail_room(que, que(desk).merge(delivery_concurrency: 10))

      expect(wait_for_jobs(200).map { |job| message(job) }).to match_array((1..200).map { |n| Mails.small(n) })
      [inbox, desk].each { |box| expect_all_marked(box) }
      expect(postgres.sessions.size).to eq(1)
      expect(postgres.log.scan("application_name=mail_room").size - before).to eq(1)
    end

    %i[classic modern].each do |table|
      it "arrive as UTF-8 in the #{table} table, whatever their charsets and sizes" do
        postgres.create_que_jobs(table)
        dovecot.fill(inbox.user, (1..40).map { |number| Mails.mixed(number) })
        inbox.append(*%w[latin1 windows_1252 japanese_shift_jis].map { |name| Mails.fixture(name) })
        mail_room(que)

        messages = wait_for_jobs(43, limit: 60).map { |job| message(job) }
        expect(messages.filter_map { |text| Mails.number(text) }).to match_array(1..40)
        expect(messages.join).to include("à Besançon est fermé, mais").and include("Bürostühle“ über 1.250,00 €")
          .and include("来週の月曜日の会議ですが")
      end
    end

    it "are quarantined when they hold what jsonb cannot, and hold nobody up" do
      postgres.create_que_jobs(:modern)
      server = OneMessageServer.new("Subject: nothing\r\n\r\nbefore\0after\r\n".b)
      inbox.append(mail)
      mail_room(que.merge(host: "127.0.0.1", port: server.port, email: "nul"), que)

      line = processes.last.wait_for_action("message quarantined", email: "nul")
      expect(line).to include("severity" => "ERROR", "error" => /NUL character, which jsonb cannot hold.*22P05/)
      quarantined = "+FLAGS.SILENT (\\Seen \\Flagged $MailRoomQuarantined)"
      processes.last.wait_until(what: "the mark") { server.marks == [quarantined] }
      expect(wait_for_jobs(1).size).to eq(1)
      expect(processes.last.everything).not_to include("Delivery paused")
    ensure
      server&.close
    end
  end

  describe "a table or a server that takes no jobs" do
    before { inbox.append(mail) }

    it "is told of before anything is fetched, and gets the message when the table is there" do
      mail_room(que)
      expect(expect_pause).to include("there is no table que_jobs")
      expect(processes.last.log.map { |line| line["action"] }).not_to include("sending to deliverer")

      postgres.create_que_jobs(:classic)
      expect(wait_for_jobs(1, limit: 60).size).to eq(1)
    end

    { "has no column queue" => "DROP COLUMN queue CASCADE",
      "column args of table que_jobs is bytea" =>
        "DROP COLUMN args, ADD COLUMN args bytea" }.each do |error, change|
      it "names table and column: #{error}" do
        postgres.create_que_jobs(:modern)
        postgres.query("ALTER TABLE que_jobs #{change}")
        mail_room(que)
        expect(expect_pause).to include("table que_jobs").and include(error)
      end
    end

    it "has no right to insert" do
      postgres.query(Servers::QueJobs::TABLES.fetch(:classic))
      mail_room(que)
      expect(expect_pause).to match(/may not INSERT into column priority of table que_jobs/)
    end

    it "has a constraint against all of them" do
      postgres.create_que_jobs(:classic)
      postgres.query("ALTER TABLE que_jobs ADD CONSTRAINT closed CHECK (job_class <> 'EmailReceiverJob')")
      mail_room(que)
      expect(expect_pause).to match(/violates check constraint.*closed.*SQLSTATE 23514/)
    end

    it "has another password" do
      mail_room(que(password: "hidden-#{SecureRandom.hex(8)}"))
      expect(expect_pause).to include("password authentication failed for user \"mailer\"")
      expect(processes.last.everything).not_to match(/hidden-\h/)
    end

    it "has no such database" do
      mail_room(que(database: "nowhere"))
      expect(expect_pause).to include("database \"nowhere\" does not exist").and include("127.0.0.1:#{postgres.port}")
    end

    it "says nothing" do
      silent = TCPServer.new("127.0.0.1", 0)
      mail_room(que(port: silent.addr[1], connect_timeout: 1))
      expect(expect_pause).to include("not connected within 1 s")
    ensure
      silent&.close
    end

    it "holds a lock for longer than a delivery may last" do
      postgres.create_que_jobs(:classic)
      postgres.query("BEGIN; LOCK TABLE que_jobs IN SHARE MODE")
      mail_room(que(delivery_timeout: 1))
      expect(expect_pause).to include("statement timeout")

      postgres.query("COMMIT")
      wait_for_jobs(1, limit: 60)
      expect_all_marked
      expect(postgres.job_count).to eq(1)
    end
  end

  describe "a connection that ends" do
    it "is made anew without a message noticing, when it ended in between" do
      postgres.create_que_jobs(:classic)
      inbox.append(Mails.small(1))
      mail_room(que)
      wait_for_jobs(1)
      session = postgres.sessions
      postgres.query("SELECT pg_terminate_backend(#{session.first})")
      Wait.until(what: "the end of the session") { postgres.sessions.empty? }

      inbox.append(Mails.small(2))
      wait_for_jobs(2)
      expect(postgres.sessions.size).to eq(1)
      expect(processes.last.everything).not_to include("Delivery paused")
    end

    it "is made anew when it goes silent" do
      postgres = own(Servers::Postgres.new)
      postgres.create_que_jobs(:classic)
      inbox.append(Mails.small(1))
      mail_room(que(postgres: postgres, delivery_timeout: 1))
      wait_for_jobs(1, postgres)
      silent = postgres.sessions.first
      Process.kill("STOP", silent)
      inbox.append(Mails.small(2))
      line = processes.last.wait_for_log { |log| log["action"] == "Delivery paused" }
      expect(line["error"]).to end_with("no answer within 1 s")

      expect(wait_for_jobs(2, postgres, limit: 60).map { |job| Mails.number(message(job)) }).to eq([1, 2])
    ensure
      Process.kill("CONT", silent) if silent
    end

    it "loses nothing when PostgreSQL restarts in the middle of a drain" do
      postgres = own(Servers::Postgres.new)
      postgres.create_que_jobs(:classic)
      dovecot.fill(inbox.user, (1..600).map { |number| Mails.small(number) })
      mail_room(que(postgres: postgres))
      wait_for_jobs(50, postgres)
      postgres.restart
      expect(postgres.job_count).to be < 600

      processes.last.wait_until(60, what: "all marks") { inbox.unseen.zero? }
      numbers = postgres.jobs.map { |job| Mails.number(message(job)) }
      expect(numbers.uniq).to match_array(1..600)
      # The one whose answer was lost, at most, comes twice.
      expect(numbers.size).to be <= 601
    end
  end

  describe "settings that make no sense" do
    { { job_class: nil } => "delivery_options.job_class is required",
      { username: %w[mailer] } => "delivery_options.username must be text",
      { priority: 40_000 } => "delivery_options.priority must be a whole number",
      { sslmode: "always" } => "delivery_options.sslmode must be disable, prefer, require, verify-ca or verify-full",
      { sslmode: "verify-ca", sslrootcert: "/nowhere" } => "delivery_options.sslrootcert (/nowhere) cannot be read",
      { password: [8_675_309] } => "delivery_options.password must be text" }.each do |changes, error|
      it "end the process at the start: #{changes.keys.last} #{changes.values.last.inspect}" do
        process = mail_room(que(**changes))
        expect(process.exit_status).to eq(1)
        expect(process.stderr).to include(error).and(not_include("8675309"))
      end
    end
  end
end
