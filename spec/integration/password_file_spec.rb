# frozen_string_literal: true

require "support/rspec"
require "support/secrets_helpers"

# A password in a file of its own, as Docker, Kubernetes and systemd hand out secrets.
RSpec.describe "A mailbox with password_file", :integration, :secrets do
  let(:folder) { Servers::Folder.new("password").tap { |folder| disposables << folder } }
  let(:server) { own(Servers::Dovecot.new) }
  let(:inbox) { new_inbox(server) }
  let(:file) { folder.write("password", "#{inbox.password}\n") }

  def with_file(**others)
    settings(password: nil, password_file: file, **others)
  end

  # Gives the user another password, and ends what was begun with the old one.
  # @return [Servers::Inbox] the same mailbox
  def change_password
    password = "changed-#{SecureRandom.hex(8)}"
    secrets.register(:changed, password)
    server.add_user(inbox.user, password)
    server.inbox(inbox.user).tap do |changed|
      # Dovecot looks at its file once in a second.
      Wait.until(15, what: "the new password") { lets_in?(changed) && !lets_in?(inbox) }
      end_sessions
    end
  end

  def lets_in?(inbox)
    inbox.session { true }
  rescue Net::IMAP::NoResponseError
    false
  end

  def end_sessions
    server.sessions.each { |pid| Process.kill("TERM", pid) }
  end

  def expect_refused(error, **others)
    process = mail_room(settings(**others))
    expect(process.exit_status).to eq(1)
    expect(process.stderr).to match(error).and include("mailbox \"INBOX\" of #{inbox.user}")
    expect_untold
  end

  before do
    secrets.register(:password, inbox.password)
    inbox.append(Mails.small(1))
  end

  [nil, "plain", "scram-sha-256"].each do |method|
    it "is served with auth_method #{method.inspect}" do
      server = own(Servers::Dovecot.new(mechanisms: %w[plain scram-sha-256]))
      inbox = new_inbox(server)
      inbox.append(Mails.small(1))
      mail_room(settings(inbox, password: nil, password_file: folder.write("other", inbox.password),
                                auth_method: method))
      expect_delivered(1, inbox: inbox)
    end
  end

  it "takes up a new password with the next login" do
    process = mail_room(with_file)
    expect_delivered(1)
    process.wait_for_action("Idling")
    changed = change_password
    process.wait_for_log(30, what: "a refused login") { |line| line["error"]&.start_with?("LOGIN was answered NO") }

    folder.write("password", changed.password)
    changed.append(Mails.small(2))
    expect_delivered(1..2, inbox: changed, limit: 60)
    expect_untold
  end

  it "tries again when the file is gone, empty or no file for a while" do
    process = mail_room(with_file)
    expect_delivered(1)
    process.wait_for_action("Idling")
    FileUtils.rm(file)
    end_sessions
    expect_problem(/no password: password_file cannot be used \(#{file}: No such file/)
    File.mkfifo(file)
    expect_problem(/password: is not a file/)
    FileUtils.rm(file)
    folder.write("password", "\n")
    expect_problem(/password: is empty/)

    folder.write("password", inbox.password)
    inbox.append(Mails.small(2))
    expect_delivered(1..2, limit: 60)
    expect_untold
  end

  def expect_problem(error)
    line = processes.last.wait_for_log(60, what: error.inspect) { |one| one["error"]&.match?(error) }
    expect(line).to include("severity" => "ERROR", "action" => "Disconnected. Resetting...")
  end

  it "is refused at the start beside a password, naming both keys" do
    expect_refused(/password_file stands beside password/, password_file: file)
  end

  it "is refused at the start when the file cannot be used" do
    expect_refused(%r{password_file cannot be used \(/nowhere/password: No such file},
                   password: nil, password_file: "/nowhere/password")
    empty = folder.write("empty", "")
    expect_refused(/password_file cannot be used \(.*: is empty\)/, password: nil, password_file: empty)
    File.mkfifo(pipe = folder.join("pipe"))
    [folder.path, pipe].each do |path|
      expect_refused(/password_file cannot be used \(.*: is not a file\)/, password: nil, password_file: path)
    end
  end

  it "is left out with --quiet, and the other mailboxes are watched" do
    mail_room(settings(password: nil, password_file: "/nowhere/password"), settings(new_inbox, name: "INBOX"),
              options: { arguments: ["--quiet"] })
    processes.last.wait_for_action("Idling")
    expect(processes.last.stdout).to match(%r{password_file cannot be used \(/nowhere/password})
  end

  it "lets requeue in" do
    inbox.session do |imap|
      imap.select("INBOX")
      imap.store(1, "+FLAGS", [:Seen, :Flagged, "$MailRoomQuarantined"])
    end
    process = launch({ mailboxes: [with_file] }, command: [*MailRoomProcess::COMMAND, "requeue"])
    expect(process.exit_status).to eq(0)
    expect(inbox.unseen).to eq(1)
  end

  it "lets a connection of Ruby's in" do
    mailbox = MailRoom::Mailbox.new(with_file)
    expect(mailbox.inspect).to include(file)
    connection = MailRoom::IMAP::Connection.new(mailbox)
    bodies = []
    connection.on_new_message { |message| bodies << message.body }
    connection.wait
    connection.quit
    expect(bodies.size).to eq(1)
  end
end
