# frozen_string_literal: true

require "support/rspec"
require "support/kinds_of_mail"
require "support/postback_helpers"

# What the log tells of a delivery where a mailbox knows the address of its GitLab.
RSpec.describe "The log line of a delivery", :integration, :postback do
  fields = %w[mail_key header handler]
  route = { "mail_key" => KindsOfMail.key(1), "header" => "To", "handler" => "create_note" }

  # @return [Array<Hash>] the lines about deliveries
  def pushed(count = 1, process: processes.last)
    process.wait_until(what: "#{count} deliveries") { pushed_so_far(process).size >= count }
    pushed_so_far(process)
  end

  def pushed_so_far(process)
    process.log.select { |line| line["action"] == "message pushed" }
  end

  def knowing(settings)
    settings.merge(incoming_email: KindsOfMail.incoming_email)
  end

  # @return [Array<Array>] what the lines tell, by message
  define_method(:told) { |count| pushed(count).map { |line| line.values_at("uid", *fields) } }

  it "tells which header holds the key, and who takes it" do
    slug = "gitlab-org-gitlab-ce-20"
    inbox.append(Mails.small(1),
                 "To: incoming+#{slug}-token-issue@gitlab.example.com\r\n\r\nA new issue.\r\n",
                 "Delivered-To: incoming+#{slug}-issue-@gitlab.example.com\r\n\r\nA customer.\r\n",
                 "To: sales@example.com\r\nReferences: <1@a> <reply-#{KindsOfMail.key(4)}@gitlab.example.com>\r\n\r\n",
                 KindsOfMail.unmatched(5), KindsOfMail.auto_reply(6), "\r\n")
    mail_room(knowing(postback))
    expect(told(7)).to eq([
                            [1, KindsOfMail.key(1), "To", "create_note"],
                            [2, "#{slug}-token-issue", "To", "create_issue"],
                            [3, "#{slug}-issue-", "Delivered-To", "service_desk"],
                            [4, KindsOfMail.key(4), "References", "create_note"],
                            [5, nil, nil, nil],
                            [6, KindsOfMail.key(6), "To", nil],
                            [7, nil, nil, nil]
                          ])
    expect(pushed(7)).to all(include(*fields, "delivery_method" => "Postback", "status_code" => 200))
  end

  { "Sidekiq" => {}, "Noop" => { delivery_method: "noop", delivery_options: {} },
    "Logger" => { delivery_method: "logger", delivery_options: { log_path: File::NULL } } }.each do |name, delivery|
    it "tells it for #{name}" do
      inbox.append(Mails.small(1))
      mail_room(knowing(settings(**delivery)))
      expect(pushed).to contain_exactly(include("delivery_method" => name, **route))
    end
  end

  it "tells it for a Ruby class, and for a mailbox whose logger is an object of the program's" do
    folder = Servers::Folder.new("recorded").tap { |made| disposables << made }
    inbox.append(Mails.small(1))
    options = { folder: folder.path, behaviour: "accept" }
    program("run", knowing(settings(delivery_method: nil, delivery_klass: "Recorder", delivery_options: options)))
    expect(pushed).to contain_exactly(include(route))
    expect(File.binread(folder.join("00001.eml"))).to eq(Mails.small(1))
  end

  it "tells it for a connection without a coordinator" do
    log = Servers::Folder.new("log").tap { |made| disposables << made }
    mailbox = MailRoom::Mailbox.new(knowing(settings(logger: { log_path: log.join("log.json") })))
    connection = MailRoom::IMAP::Connection.new(mailbox)
    inbox.append(Mails.small(1))
    connection.on_new_message { |message| message }
    connection.wait
    lines = JsonLog.new(log.join("log.json"))
    line = Wait.until(what: "the line") { lines.lines.find { |found| found["action"] == "message pushed" } }
    expect(line).to include(route)
  ensure
    connection&.quit
  end

  it "tells nothing of the kind unless the address is known" do
    inbox.append(Mails.small(1))
    mail_room(postback)
    expect(pushed).to contain_exactly(not_include(*fields))
  end

  it "is one line of its own for each mailbox: one with an address, one without" do
    other = new_inbox
    [inbox, other].each { |each| each.append(Mails.small(1)) }
    mail_room(knowing(postback), postback(other))
    expect(pushed(2).to_h { |line| [line.dig("context", "email"), line["mail_key"]] })
      .to eq(inbox.user => KindsOfMail.key(1), other.user => nil)
  end
end
