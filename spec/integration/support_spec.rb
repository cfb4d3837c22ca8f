# frozen_string_literal: true

require "support/rspec"

# What the other examples rely on.
RSpec.describe "The support of these specs", :integration do
  describe "a process" do
    it "takes its children with it when it is stopped" do
      folder = Servers::Folder.new("child")
      disposables << folder
      process = Servers::Process.new("sh", "-c", "sleep 600 & sleep 600 & wait", output: folder.join("output")).start
      Wait.until(10, what: "two children") { process.members.size == 3 }
      process.stop
      expect(process.members).to eq([])
    end
  end

  describe "Dovecot" do
    it "keeps users and mail over a restart, and has no mail for a wrong password" do
      server = own(Servers::Dovecot.new)
      inbox = new_inbox(server)
      server.fill(inbox.user, [Mails.small(1)])
      inbox.append(Mails.small(2))
      server.restart
      expect(inbox.subjects).to contain_exactly("mail 00001", "mail 00002")
      stranger = Servers::Inbox.new(port: server.ports[:imap], user: inbox.user, password: "guessed")
      expect { stranger.count }.to raise_error(Net::IMAP::NoResponseError)
    end

    it "shows only the capabilities it was left" do
      server = own(Servers::Dovecot.new(without: %w[IDLE UIDPLUS]))
      capabilities = new_inbox(server).session(&:capability)
      expect(capabilities).to include("LITERAL+")
      expect(capabilities & %w[IDLE UIDPLUS]).to eq([])
    end

    it "knows what a recorded user's clients sent" do
      dovecot.record(inbox.user)
      inbox.uids("UNSEEN")
      expect(dovecot.commands(inbox.user)).to include("UID SEARCH UNSEEN", "LOGOUT")
    end
  end

  describe "mails" do
    it "have CRLF and nothing else for a line end, and an id of their own" do
      mails = [*Mails.fixtures.values, *(1..50).map { |number| Mails.mixed(number) }, Mails.small(51)]
      expect(mails.grep(/(?<!\r)\n|\r(?!\n)/n)).to eq([])
      expect(mails.map { |mail| mail[/^Message-ID: (.*)\r$/, 1] }.compact.uniq.size).to eq(mails.size)
    end

    it "are the same for the same number and seed" do
      made = Array.new(2) { Mails.mixed(7, seed: 2) }
      expect(made.first).to eq(made.last)
      expect(made.first).not_to eq(Mails.mixed(7, seed: 3))
    end
  end

  describe "a log" do
    it "has only the lines that are complete, and JSON" do
      folder = Servers::Folder.new("log")
      disposables << folder
      log = JsonLog.new(folder.write("log", "{\"a\":1}\nno JSON\n{\"b\":"))
      expect(log.lines).to eq([{ "a" => 1 }])
      File.write(log.path, "2}\n", mode: "a")
      expect(log.lines).to eq([{ "a" => 1 }, { "b" => 2 }])
    end
  end

  it "says what it waited for in vain" do
    waiting = -> { Wait.until(0.05, what: "Godot", detail: -> { "He sent a boy." }) { false } }
    expect(&waiting).to raise_error(Wait::TimedOut, "waited 0.05 s in vain for Godot\nHe sent a boy.")
  end
end
