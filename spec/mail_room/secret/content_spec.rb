# frozen_string_literal: true

RSpec.describe MailRoom::Secret::Content do
  def problem(text)
    described_class.new(text).problem
  end

  it "has no problem with a mapping" do
    expect(["user: me\n", ":password: '1'\n", "{}"].map { |text| problem(text) }).to all(be_nil)
  end

  it "says that there are no pairs" do
    expect(["hunter2", "- hunter2", "", described_class::TEMPLATE].map { |text| problem(text) })
      .to all(eq("Did not include any key-value pairs"))
  end

  it "says what is wrong with the YAML and where, but quotes nothing" do
    expect(problem("user: me\npassword: 'hunter2\n")).to match(/quoted scalar at line \d column \d+\z/)
    expect(problem("password: *hunter2")).to eq("A value that begins with * needs quotes")
    expect(problem("password: 2020-01-01")).to eq("A date, a time or a value with a tag needs quotes")
  end
end
