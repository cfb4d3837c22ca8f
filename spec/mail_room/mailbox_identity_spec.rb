# frozen_string_literal: true

RSpec.describe MailRoom::MailboxIdentity do
  describe "#identity" do
    def same?(*mailboxes)
      mailboxes.map(&:identity).uniq.one?
    end

    it "is the server, the account and the name of the mailbox" do
      expect(same?(build_mailbox, build_mailbox(host: "IMAP.example.com", name: "INBOX"))).to be(true)
      [{ host: "imap.example.org" }, { email: "b@example.com" }, { name: "Inbox 2" }]
        .each { |other| expect(same?(build_mailbox, build_mailbox(**other))).to be(false) }
      expect(same?(build_mailbox(name: "Support"), build_mailbox(name: "support"))).to be(false)
    end

    it "is the cloud, the account and the folder on Microsoft Graph, where case does not matter" do
      graph = ->(**others) { build_mailbox(**graph_attributes(**others)) }
      endpoint = { "graph_endpoint" => "https://graph.microsoft.com/", client_id: "another" }

      expect(same?(graph.call, graph.call(name: "Inbox", email: "Support@example.com", inbox_options: endpoint)))
        .to be(true)
      elsewhere = { inbox_options: { graph_endpoint: "https://graph.microsoft.us" } }
      [elsewhere, { email: "b@example.com" }, { name: "Done" }]
        .each { |other| expect(same?(graph.call, graph.call(**other))).to be(false) }
      expect(same?(graph.call, build_mailbox)).to be(false)
    end
  end

  it "is on Microsoft Graph or on an IMAP server" do
    expect([build_mailbox, build_mailbox(**graph_attributes)].map(&:microsoft_graph?)).to eq([false, true])
  end

  it "names itself for log lines" do
    expect(build_mailbox.context).to eq(email: "support@example.com", name: "inbox")
  end
end
