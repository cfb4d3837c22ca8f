# frozen_string_literal: true

require "support/rspec"

# Programs that embed mail_room and bring a delivery class of their own: spec/fixtures/programs.
RSpec.describe "Delivery to a Ruby class", :integration do
  let(:folder) { new_folder }

  def new_folder
    Servers::Folder.new("recorded").tap { |folder| disposables << folder }
  end

  def recorder(inbox = self.inbox, folder: self.folder, klass: "Recorder", behaviour: "accept", **others)
    options = { folder: folder.path, behaviour: behaviour }
    settings(inbox, delivery_method: nil, delivery_klass: klass, delivery_options: options, **others)
  end

  # @return [Array<String>] the messages that the class has accepted
  def recorded(folder = self.folder)
    Dir[folder.join("*.eml")].map { |file| File.binread(file) }
  end

  # @return [Array<String>] thread and subject of each attempt
  def attempts
    File.readlines(folder.join("attempts"), chomp: true)
  end

  def expect_recorded(*mails, limit: 15)
    processes.last.wait_until(limit, what: "#{mails.size} messages") { recorded.size == mails.size }
    processes.last.wait_until(limit, what: "all marks") { inbox.unseen.zero? }
    expect(recorded).to match_array(mails)
  end

  it "hands the bytes over as they are, whatever their character set" do
    mails = Mails.fixtures.except("nul_bytes").values
    inbox.append(*mails)
    program("run", recorder)
    expect_recorded(*mails)
  end

  it "calls the class in one thread, named after the mailbox" do
    inbox.append(Mails.small(1), Mails.small(2))
    program("run", recorder)
    expect_recorded(Mails.small(1), Mails.small(2))
    expect(attempts).to all(start_with("mail_room.#{inbox.user} "))
  end

  %w[refuse_once raise_once].each do |behaviour|
    it "leaves the message unread and tries again when the class does #{behaviour}" do
      inbox.append(Mails.small(1), Mails.small(2))
      program("run", recorder(behaviour: behaviour))
      expect_recorded(Mails.small(1), Mails.small(2), limit: 60)
      expect(attempts.map { |line| line.split(" ", 2).last }.tally).to eq("mail 00001" => 2, "mail 00002" => 2)
    end
  end

  it "logs what the class raised, with the mailbox's name" do
    inbox.append(Mails.small(1))
    process = program("run", recorder(behaviour: "raise_once"))
    line = process.wait_for_log(what: "the error") { |candidate| candidate["error"].to_s.include?("not in the mood") }
    expect(line["context"]).to include("email" => inbox.user)
  end

  it "logs where the class raised" do
    inbox.append(Mails.small(1))
    process = program("run", recorder(behaviour: "raise_once"))
    line = process.wait_for_log(what: "the error") { |candidate| candidate["error"].to_s.include?("not in the mood") }
    place = %r{\AArgumentError: not in the mood; at .*programs/recorder\.rb:\d+:in `raise_once'; at }
    expect(line["error"]).to match(place)
  end

  it "serves two mailboxes with a class each" do
    other_inbox = new_inbox
    other_folder = new_folder
    inbox.append(Mails.small(1))
    other_inbox.append(Mails.small(2))
    program("run", recorder, recorder(other_inbox, folder: other_folder, klass: "OtherRecorder"))

    expect_recorded(Mails.small(1))
    processes.last.wait_until(what: "the other message") { recorded(other_folder) == [Mails.small(2)] }
    processes.last.wait_until(what: "the other mark") { other_inbox.unseen.zero? }
  end

  it "does not let a class that hangs hold up another mailbox" do
    other_inbox = new_inbox
    inbox.append(Mails.small(1))
    other_inbox.append(Mails.small(2))
    program("run", recorder(other_inbox, folder: new_folder, behaviour: "hang_once"), recorder)
    expect_recorded(Mails.small(1))
  end

  it "works under GC.stress" do
    mails = Mails.fixtures.values_at("reply", "japanese_utf8", "latin1")
    inbox.append(*mails)
    program("gc_stress", recorder)
    expect_recorded(*mails, limit: 120)
  end

  it "delivers again when the delivering thread was killed" do
    inbox.append(Mails.small(1))
    process = program("kill_thread", recorder(behaviour: "hang_once"))
    process.wait_until(what: "the kill") { process.stdout.include?("killed mail_room.#{inbox.user}") }
    expect_recorded(Mails.small(1), limit: 60)
  end

  it "works in a child that was forked after everything was loaded" do
    inbox.append(Mails.small(1))
    process = program("fork", recorder)
    expect_recorded(Mails.small(1))
    process.term
    expect(process.exit_status(20)).to eq(0)
  end

  it "ends by Timeout.timeout" do
    inbox.append(Mails.small(1))
    process = program("timeout", recorder)
    expect_recorded(Mails.small(1))
    expect(process.exit_status(20)).to eq(0)
    expect(process.stdout).to include("timed out")
  end
end
