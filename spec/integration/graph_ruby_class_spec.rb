# frozen_string_literal: true

require "support/graph_helpers"
require "support/rspec"

RSpec.describe "Delivery of mails on Microsoft Graph to a Ruby class", :graph, :integration do
  let(:folder) { Servers::Folder.new("recorded").tap { |made| disposables << made } }

  def recorder(behaviour: "accept", **others)
    options = { folder: folder.path, behaviour: behaviour }
    on_graph(delivery_method: nil, delivery_klass: "Recorder", delivery_options: options, **others)
  end

  def expect_recorded(*mails, limit: 30)
    processes.last.wait_until(limit, what: "the messages") { Dir[folder.join("*.eml")].size == mails.size }
    wait_for_read(limit: limit)
    expect(Dir[folder.join("*.eml")].map { |file| File.binread(file) }).to match_array(mails)
  end

  it "gets the bytes as they are" do
    mails = Mails.fixtures.values
    mails.each { |mail| account.deliver(mail) }
    program("run", recorder)
    expect_recorded(*mails)
  end

  %w[refuse_once raise_once].each do |behaviour|
    it "gets a mail again after #{behaviour}" do
      fill(1..2)
      program("run", recorder(behaviour: behaviour))
      expect_recorded(Mails.small(1), Mails.small(2), limit: 60)
    end
  end

  it "may be in the middle of a mail when the process is told to end" do
    fill([1])
    process = program("run", recorder(behaviour: "linger"))
    process.wait_until(what: "the delivery") { File.exist?(folder.join("attempts")) }
    process.term
    expect(process.exit_status(20)).to eq(0)
    expect(Dir[folder.join("*.eml")].size).to eq(1)
    expect(account.unread).to eq([])
  end
end
