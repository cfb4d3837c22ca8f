# frozen_string_literal: true

require "json"
require "support/rspec"

RSpec.describe "Deliveries without a receiver, and logs", :integration do
  let(:folder) { Servers::Folder.new("logger").tap { |folder| disposables << folder } }
  let(:file) { folder.join("mails.log") }

  # The head of a line of Ruby's Logger, up to the message.
  head = /^I, \[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6} #(\d+)\]  INFO -- : /

  describe "logger" do
    it "writes each message as Ruby's Logger writes it" do
      inbox.append(Mails.fixture("reply"), Mails.fixture("latin1"))
      process = mail_room(settings(delivery_method: "logger", delivery_options: { log_path: file }))
      process.wait_until(what: "the marks") { inbox.unseen.zero? }

      text = File.binread(file)
      expect(text.scan(head).flatten.uniq.size).to eq(1)
      # Bytes as they are, and a line end after each message, as Ruby's Logger does.
      mails = text.split(head).drop(1).each_slice(2).map(&:last)
      expect(mails).to eq([Mails.fixture("reply"), Mails.fixture("latin1")].map { |mail| "#{mail}\n".b })
    end

    it "adds to what stands in the file" do
      File.write(file, "# an earlier line\n")
      inbox.append(Mails.fixture("reply"))
      process = mail_room(settings(delivery_method: "logger", delivery_options: { log_path: file }))
      process.wait_until(what: "the mark") { inbox.unseen.zero? }
      expect(File.binread(file)).to match(/\A# an earlier line\nI, /)
    end
  end

  describe "letter_opener" do
    it "writes each message as a page, and marks it" do
      inbox.append(Mails.fixture("reply"))
      options = { env: { "LAUNCHY_DRY_RUN" => "true" } } # no browser is started
      process = mail_room(settings(delivery_method: "letter_opener", delivery_options: { location: folder.path }),
                          options: options)
      process.wait_until(what: "the mark") { inbox.unseen.zero? }

      expect(Dir[folder.join("*/*.html")].size).to be >= 1
    end
  end

  describe "a mailbox without log_path" do
    it "tells of trouble on standard error, and of nothing else" do
      process = mail_room(settings(logger: {}, port: Servers::Ports.free))
      process.wait_until(what: "a warning") { process.stderr.include?("cannot connect") }

      lines = process.stderr.lines.map { |line| JSON.parse(line) }
      expect(lines).to all(include("severity" => "WARN", "context" => { "email" => inbox.user, "name" => "INBOX" }))
    end
  end

  it "writes its log to a stream of the application's" do
    log = StringIO.new
    watcher = MailRoom::MailboxWatcher.new(MailRoom::Mailbox.new(settings(logger: { log_path: log })))
    watcher.run
    Wait.until(what: "the log") { log.string.include?("Idling") }
    watcher.quit

    expect(log.string.lines.map { |line| JSON.parse(line) })
      .to include(include("severity" => "INFO", "context" => { "email" => inbox.user, "name" => "INBOX" }))
  end

  describe "a logger of the application's" do
    it "gets the lines of the native part as Hashes" do
      inbox.append(Mails.small(1))
      process = program("logger_object", settings)
      expect_delivered(1)
      process.term
      expect(process.exit_status(20)).to eq(0)

      lines = process.stdout.lines.map { |line| JSON.parse(line) }
      pushed = lines.find { |line| line["fields"]["action"] == "message pushed" }
      expect(pushed).to match("method" => "info", "fields" => include("context" => include("email" => inbox.user),
                                                                      "uid" => 1, "delivery_method" => "Sidekiq"))
      expect(lines.last["fields"]["action"]).to eq("Done with mailbox")
    end
  end

  describe "noop" do
    it "marks the messages, and that is all" do
      inbox.append(Mails.fixture("reply"))
      process = mail_room(settings(delivery_method: "noop", delivery_options: {}))
      process.wait_until(what: "the mark") { inbox.unseen.zero? }
      expect(redis.client.keys).to eq([])
    end
  end
end
