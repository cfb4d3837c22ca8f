# frozen_string_literal: true

require "tmpdir"
require "yaml"

# What it does to messages stands in spec/integration/requeue_spec.rb.
RSpec.describe MailRoom::Requeue do
  def problem_with(*arguments, mailboxes: [mailbox_attributes])
    Dir.mktmpdir do |folder|
      path = File.join(folder, "mail_room.yml")
      File.write(path, YAML.dump({ mailboxes: mailboxes }))
      told = StringIO.new
      stderr = $stderr
      $stderr = told
      described_class.new(["-c", path, *arguments])
      nil
    rescue SystemExit
      told.string
    ensure
      $stderr = stderr
    end
  end

  it "takes numbers for messages on an IMAP server, and nothing else" do
    expect(problem_with("--uid", "1", "--uid", "4294967295")).to be_nil
    %w[0 4294967296 -1 1.5 AAkALgAAAAAAHYQ].each do |uid|
      expect(problem_with("--uid", uid))
        .to eq("mail_room: requeue: a UID is a number between 1 and 4294967295, not #{uid.inspect}\n")
    end
  end

  it "takes immutable ids for messages on Microsoft Graph" do
    expect(problem_with("--uid", "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A=", mailboxes: [graph_attributes])).to be_nil
  end

  it "wants to know whose messages are meant" do
    mailboxes = [mailbox_attributes, graph_attributes(email: "graph@example.com")]

    expect(problem_with("--uid", "1", mailboxes: mailboxes)).to include("a UID means a message of one mailbox")
    expect(problem_with("--uid", "1", "--email", "support@example.com", mailboxes: mailboxes)).to be_nil
    expect(problem_with("--uid", "AAk=", "--email", "graph@example.com", mailboxes: mailboxes)).to be_nil
  end

  it "takes the file that the environment names where there is no -c, and needs one" do
    stub_const("ENV", ENV.to_h.merge("MAIL_ROOM_GITLAB_CONFIG_FILE" => "missing.yml"))
    expect { expect { described_class.new([]) }.to raise_error(SystemExit) }
      .to output("mail_room: missing.yml: cannot be read: No such file or directory\n").to_stderr

    stub_const("ENV", ENV.to_h.except("MAIL_ROOM_GITLAB_CONFIG_FILE"))
    expect { expect { described_class.new([]) }.to raise_error(SystemExit) }
      .to output("mail_room: requeue: the configuration is missing, use -c FILE\n").to_stderr
  end

  it "refuses to guess where messages of a folder for two belong" do
    graph = [graph_attributes(quarantine_mailbox: "Failed"),
             graph_attributes(name: "Support", quarantine_mailbox: "failed")]
    elsewhere = { inbox_options: { graph_endpoint: "https://graph.microsoft.us" } }

    expect(problem_with(mailboxes: graph)).to include("have the same quarantine_mailbox")
    expect(problem_with(mailboxes: [graph.first, graph.first.merge(graph_attributes(**elsewhere))])).to be_nil
  end
end
