# frozen_string_literal: true

require "support/rails_examples"
require "support/rspec"

# Mail that a Rails application takes by HTTP: by GitLab's own internal API, and by Action Mailbox.
RSpec.describe "A Rails application with webhooks", :integration do
  include_context "with a Rails application", postgres: true, processes: %i[sidekiq puma]

  describe "GitLab's internal API" do
    before { place.configure(delivery_method: "webhook", gitlab_url: app.url) }

    it "makes jobs of all mail, byte for byte, each for the worker of its mailbox" do
      mails = Mails.fixtures.values_at("new_issue", "reply", "attachment", "japanese_utf8", "empty_body")
      place.inbox.append(*mails)
      place.inbox("service").append(Mails.fixture("html_alternative"))
      mail_room
      received = app.wait_for_received(6)

      expect(received.group_by(&:worker).transform_values { |messages| messages.map(&:raw) })
        .to match("EmailReceiverWorker" => match_array(mails),
                  "ServiceDeskEmailReceiverWorker" => [Mails.fixture("html_alternative")])
      expect_nothing_waiting
    end

    it "answers 401 to a wrong secret, and gets the mail when the secret is right" do
      secret = File.binread(app.path(".gitlab_incoming_email_secret"))
      app.write_secret("incoming_email")
      place.inbox.append(Mails.fixture("reply"))
      mail_room
      Wait.until(30, what: "a refusal", detail: app.method(:tail)) { log.any? { |line| line["error"]&.match?(/401/) } }
      expect(place.inbox.unseen).to eq(1)

      app.write(".gitlab_incoming_email_secret", secret)
      expect(app.wait_for_received(1).map(&:raw)).to eq([Mails.fixture("reply")])
    end

    it "puts aside what is too large for it, and gets the next mail" do
      large = Mails.small(1) + ("This line is one of many.\r\n" * 200_000)
      place.inbox.append(large, Mails.small(2))
      mail_room

      expect(app.wait_for_received(1).map(&:raw)).to eq([Mails.small(2)])
      Wait.until(15, what: "the quarantine") { place.inbox.uids("FLAGGED").size == 1 }
    end
  end

  describe "Action Mailbox" do
    it "gets mail by its relay ingress" do
      settings = {
        email: "incoming", password: RailsPlace::PASSWORDS.fetch("incoming"), name: "inbox",
        host: "127.0.0.1", port: place.dovecot.ports[:imap], ssl: false, delivery_method: "postback",
        delivery_options: { url: app.url, action_mailbox: true, password: Servers::RailsApp::INGRESS_PASSWORD },
        logger: { log_path: "log/mail_room_json.log" }
      }
      app.write("config/action_mailbox.yml", YAML.dump(mailboxes: [settings]))
      mails = Mails.fixtures.values_at("new_issue", "japanese_iso_2022_jp", "attachment")
      place.inbox.append(*mails)
      mail_room("config/action_mailbox.yml")
      received = app.wait_for_received(3)

      expect(received.map(&:raw)).to match_array(mails)
      expect(received.map(&:worker)).to all(eq("NotesMailbox"))
      expect_nothing_waiting
    end
  end
end
